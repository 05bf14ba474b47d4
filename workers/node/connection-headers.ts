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

/** Names that the sender itself ties to this connection, lower case. @param connection value of its Connection header */
export const namesIn = (connection: string): string[] => connection.split(',').map((name) => name.trim().toLowerCase());
