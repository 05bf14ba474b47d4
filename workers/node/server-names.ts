import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Log } from '../../router/ports.ts';
import { coversHost } from '../../router/routing/virtual-host.ts';
import type { GatewayChunk, Listener, ListenerCertificate } from '../../snapshot/gateway-chunk.ts';

interface Shown {
  readonly pair: ListenerCertificate;
  readonly context: SecureContext;
  readonly covers: (name: string) => boolean;
}

interface Named {
  readonly hostname: string | undefined;
  readonly certificates: readonly Shown[];
}

type Answer = (error: Error | null, context?: SecureContext) => void;

/** Which certificate a TLS socket shows for which server name. Everything that takes long happens when it is made. */
export class ServerNames {
  /** Most specific hostname first. */
  readonly #listeners: readonly Named[];

  constructor(listeners: readonly Listener[], log: Log) {
    this.#listeners = listeners
      .map((listener) => ({
        hostname: listener.hostname?.toLowerCase(),
        certificates: (listener.certificates ?? []).flatMap((pair) => shown(pair, listener.name, log)),
      }))
      .sort((a, b) => specificity(b.hostname) - specificity(a.hostname));
  }

  /** Listeners of HTTPS on one logical port; undefined when there is none: the port then speaks in clear. */
  static of({ listeners }: GatewayChunk, port: number, log: Log): ServerNames | undefined {
    const secure = listeners.filter((listener) => listener.port === port && listener.protocol === 'HTTPS');
    return secure.length === 0 ? undefined : new ServerNames(secure, log);
  }

  /** As node:tls asks for it. A name that nobody serves ends the handshake: another's certificate would be a lie. */
  answer(name: string, done: Answer): void {
    const context = this.contextFor(name);
    if (context === undefined) done(new Error('no certificate for this server name'));
    else done(null, context);
  }

  /** @param name empty when the client named none: then only a listener without a hostname answers */
  contextFor(name: string): SecureContext | undefined {
    return this.#shownFor(name)?.context;
  }

  /** What clients see that name no server, as options of node:tls. */
  get unnamed(): { readonly cert?: string; readonly key?: string } {
    const pair = this.#shownFor('')?.pair;
    return pair === undefined ? {} : { cert: pair.certificate, key: pair.privateKey };
  }

  #shownFor(name: string): Shown | undefined {
    const wanted = name.toLowerCase().replace(/\.$/, '');
    const listener = this.#listeners.find(({ hostname }) => coversHost(hostname, wanted));
    return listener?.certificates.find((certificate) => certificate.covers(wanted)) ?? listener?.certificates[0];
  }
}

function shown(pair: ListenerCertificate, listener: string, log: Log): Shown[] {
  try {
    const { certificate, privateKey } = pair;
    const leaf = new X509Certificate(certificate);
    const context = createSecureContext({ cert: certificate, key: privateKey, minVersion: 'TLSv1.2' });
    return [{ pair, context, covers: (name) => leaf.checkHost(name) !== undefined }];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unreadable';
    log('error', 'a certificate can not be used', { listener, code });
    return [];
  }
}

function specificity(hostname: string | undefined): number {
  if (hostname === undefined || hostname === '*') return 0;
  return hostname.startsWith('*.') ? hostname.length : 1000 + hostname.length;
}
