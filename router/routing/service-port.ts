import type { ServiceChunk, ServicePort } from '../../snapshot/chunk.ts';

/**
 * The port that a backend is reached at. Its service says what is spoken there; where it does not, the route does (a
 * GRPCRoute leads to HTTP/2).
 */
export function servicePortOf(
  { ports }: Pick<ServiceChunk, 'ports'>,
  { port, appProtocol }: { readonly port: number; readonly appProtocol?: string | undefined },
): ServicePort {
  const declared = ports.find((one) => one.port === port) ?? { port };
  return declared.appProtocol !== undefined || appProtocol === undefined ? declared : { ...declared, appProtocol };
}
