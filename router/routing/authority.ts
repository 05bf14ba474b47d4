export type ParsedAuthority =
  | {
      /** Lower case, without a trailing dot; an IPv6 address keeps its brackets. */
      readonly host: string;
      readonly port: number | undefined;
    }
  | {
      /** What is wrong, for the caller. Quotes nothing of the request. */
      readonly invalid: string;
    };

const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
const IPV6 = /^\[(?=[^\]]*:[^\]]*:)[0-9a-f:.]{2,45}\]$/;
const PORT = /^[1-9][0-9]{0,4}$/;

/** Reads `host[:port]`. User info, escapes, empty labels and anything else that is no name or address is refused. */
export function parseAuthority(text: string): ParsedAuthority {
  if (text === '') return { invalid: 'the authority is empty' };
  if (text.length > 300) return { invalid: 'the authority is too long' };
  const colon = text.lastIndexOf(':');
  const hasPort = colon > text.lastIndexOf(']');
  const portText = hasPort ? text.slice(colon + 1) : undefined;
  if (portText !== undefined && (!PORT.test(portText) || Number(portText) > 65535)) {
    return { invalid: 'the port of the authority is not a number between 1 and 65535' };
  }
  const named = (hasPort ? text.slice(0, colon) : text).toLowerCase();
  const host = named.endsWith('.') ? named.slice(0, -1) : named;
  if (!NAME.test(host) && !IPV6.test(host))
    return { invalid: 'the authority is not a host name or address with an optional port' };
  return { host, port: portText === undefined ? undefined : Number(portText) };
}

/** Whether a host belongs to the mesh: `domain` itself or anything under it. */
export const isMeshHost = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);

/**
 * The service that a mesh host names: `orders.shop.mesh` is shop/orders, `orders.mesh` is default/orders.
 * @returns undefined when the host is not under the domain or has another number of labels
 */
export function meshServiceOf(host: string, domain: string): { namespace: string; name: string } | undefined {
  if (!host.endsWith(`.${domain}`)) return undefined;
  const labels = host.slice(0, -domain.length - 1);
  const dot = labels.indexOf('.');
  if (dot < 0) return labels === '' ? undefined : { namespace: 'default', name: labels };
  const name = labels.slice(0, dot);
  const namespace = labels.slice(dot + 1);
  return name === '' || namespace === '' || namespace.includes('.') ? undefined : { namespace, name };
}
