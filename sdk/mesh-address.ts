import { MeshError } from './mesh-error.ts';

/** A URL of the mesh, ready to be sent to a router. */
export interface MeshAddress {
  /** Value of `Mesh-Authority`: host, and port when it is not 80. */
  readonly authority: string;
  /** `aud` of the proof: `http://<service>.<namespace>.<domain>`, never with a port. */
  readonly audience: string;
  /** Path and query. */
  readonly target: string;
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads `http://<service>[.<namespace>].<domain>[:port]/path`; without a namespace it is `default`.
 * @throws MeshError `address_invalid`: identity headers must never leave the mesh
 */
export function parseMeshAddress(url: string, domain: string): MeshAddress {
  const parsed = URL.parse(url);
  if (parsed === null) {
    throw invalid(`it is not an absolute URL: write http://<service>.<namespace>.${domain}/path`);
  }
  const { protocol, hostname, host, pathname, search, username, password } = parsed;
  if (!hostname.endsWith(`.${domain}`)) {
    throw invalid(`${hostname || 'its host'} is outside of the mesh domain ${domain}: use the global fetch for it`);
  }
  if (protocol !== 'http:') throw invalid(`services of the mesh are called by http:// URLs, not ${protocol}//`);
  if (username !== '' || password !== '') throw invalid('it holds a user or password: identity is the mesh’s own');
  const [service = '', namespace = 'default', ...more] = hostname.slice(0, -domain.length - 1).split('.');
  if (more.length > 0 || !LABEL.test(service) || !LABEL.test(namespace)) {
    throw invalid(`${hostname} does not have the form <service>.<namespace>.${domain}`);
  }
  return { authority: host, audience: `http://${service}.${namespace}.${domain}`, target: `${pathname}${search}` };
}

const invalid = (why: string): MeshError => new MeshError('address_invalid', `the URL can not be called: ${why}`);
