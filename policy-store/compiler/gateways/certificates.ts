import type { ListenerCertificate } from '../../../snapshot/gateway-chunk.ts';
import type { CertificateRef } from '../../resources/kinds/listener.ts';
import { SECRET, type SecretSpec } from '../../resources/kinds/secret.ts';
import type { Verdict } from '../findings.ts';
import { type Inventory, nameOf } from '../inventory.ts';
import type { ReferenceGrants } from '../routes/reference-grants.ts';
import { keyFits } from './key-fits.ts';
import type { ListenerEntry } from './listener-entry.ts';

type Read = ListenerCertificate | { readonly problem: string };

/** Certificates of the mesh's Secrets, for HTTPS listeners. */
export class Certificates {
  readonly #secrets: ReadonlyMap<string, Read>;
  readonly #grants: ReferenceGrants;

  constructor(inventory: Inventory, grants: ReferenceGrants) {
    this.#secrets = new Map(inventory.of(SECRET).map((secret) => [nameOf(secret), read(secret.spec)]));
    this.#grants = grants;
  }

  /** Gives a listener those that its references lead to, and says which lead nowhere. */
  giveTo(entry: ListenerEntry): void {
    if (entry.spec.protocol !== 'HTTPS') return;
    const found = (entry.spec.tls?.certificateRefs ?? []).map((ref) => this.#find(ref, entry));
    entry.certificates = found.flatMap((one) => ('certificate' in one ? one : []));
    const [failed] = found.flatMap((one) => ('reason' in one ? one : []));
    if (failed !== undefined) entry.failed.ResolvedRefs = failed;
  }

  #find(ref: CertificateRef, { owner, spec }: ListenerEntry): ListenerCertificate | Verdict {
    const { group = '', kind = 'Secret', namespace = owner.metadata.namespace, name } = ref;
    const invalid = (problem: string): Verdict => ({
      reason: 'InvalidCertificateRef',
      message: `listener ${spec.name}: ${problem}`,
    });
    if (group !== '' || kind !== 'Secret')
      return invalid(`a certificateRef must be a Secret, not ${kind} of "${group}"`);
    const from = {
      kind: owner.kind === 'Gateway' ? 'Gateway' : 'ListenerSet',
      namespace: owner.metadata.namespace,
    } as const;
    if (!this.#grants.allows(from, { kind: 'Secret', namespace, name })) {
      const message = `listener ${spec.name}: Secret ${namespace}/${name} is in another namespace, where no ReferenceGrant lets ${from.kind}s of ${from.namespace} refer to it`;
      return { reason: 'RefNotPermitted', message };
    }
    const secret = this.#secrets.get(`${namespace}/${name}`);
    if (secret === undefined) return invalid(`there is no Secret ${namespace}/${name}`);
    return 'problem' in secret ? invalid(`Secret ${namespace}/${name} ${secret.problem}`) : secret;
  }
}

const CERTIFICATES = /^(?:\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)+\s*$/;
const KEY = /^\s*-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----[A-Za-z0-9+/=\s]+-----END \1-----\s*$/;
/** In front of the blocks tools write names and dates, and OpenSSL the parameters of a curve. */
const REMARKS = /^[\s\S]*?(?=-----BEGIN CERTIFICATE-----)/;
const PARAMETERS = /-----BEGIN EC PARAMETERS-----[\s\S]*?-----END EC PARAMETERS-----/;

/** Problems never repeat what they found: it may be a key in the wrong place. */
function read(spec: SecretSpec): Read {
  const certificate = secretText('tls.crt', spec);
  const privateKey = secretText('tls.key', spec);
  if (certificate === undefined || privateKey === undefined) return { problem: 'lacks tls.crt or tls.key' };
  const chain = certificate.replace(REMARKS, '');
  const key = privateKey.replace(PARAMETERS, '');
  if (!CERTIFICATES.test(chain)) return { problem: 'has a tls.crt that is no certificate in PEM' };
  if (!KEY.test(key))
    return { problem: 'has a tls.key that is no private key in PEM (an encrypted one can not be used)' };
  if (keyFits(chain, key) === false) return { problem: 'has a tls.key that is not the key of its tls.crt' };
  return { certificate: chain.trim(), privateKey: key.trim() };
}

/** A value of a Secret, decoded; empty when it is no base64. */
export function secretText(name: string, { data, stringData: plain }: SecretSpec): string | undefined {
  if (plain !== undefined && Object.hasOwn(plain, name)) return plain[name];
  const encoded = data !== undefined && Object.hasOwn(data, name) ? data[name] : undefined;
  try {
    return encoded === undefined ? undefined : atob(encoded);
  } catch {
    return '';
  }
}
