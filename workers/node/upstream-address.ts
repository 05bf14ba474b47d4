import { isIPv6 } from 'node:net';
import { type UpstreamCall, UpstreamFailure } from '../../router/ports.ts';
import { IncomingBody } from './incoming-body.ts';

/** Scheme, host and port to connect to. @throws UpstreamFailure */
export function originOf({ endpoint, port }: UpstreamCall): string {
  if (endpoint.url !== undefined) return endpoint.url.replace(/\/$/, '');
  if (endpoint.address !== undefined) {
    const host = isIPv6(endpoint.address) ? `[${endpoint.address}]` : endpoint.address;
    return `http://${host}:${port.targetPort ?? port.port}`;
  }
  throw new UpstreamFailure('connect', 'service bindings exist on Cloudflare Workers only');
}

/** The body as a transport can send it. */
export function bodyOf({ body }: UpstreamCall): ReturnType<IncomingBody['outgoing']> {
  if (body.empty) return null;
  if (body instanceof IncomingBody) return body.outgoing();
  throw new TypeError('this transport sends bodies of its own listener only');
}
