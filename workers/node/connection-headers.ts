import type { HeaderList } from '../../router/headers.ts';

/** Headers that speak of one connection only; node:http and undici write their own. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'http2-settings',
]);

/** @param name in lower case */
export const isConnectionHeader = (name: string): boolean => OF_THE_CONNECTION.has(name);

/** Names that the sender itself ties to this connection, lower case. */
export function namedByConnection(headers: HeaderList): string[] {
  const value = headers.combined('connection');
  if (value === undefined) return [];
  return value.split(',').map((name) => name.trim().toLowerCase());
}
