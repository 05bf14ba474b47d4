import type { Connection } from '../../router/index.ts';

/** Which Gateway's socket all requests of a program come on; empty: all Gateways share it, told apart by Host. */
export type GatewaySocket = Pick<Connection, 'gateway' | 'listenerPort'>;

const KEY = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;

type Variables = (name: string) => string | undefined;

/** Says which socket the requests of a program or a worker come on. @throws Error that says which variable is wrong */
export type FindSocket = (env: Variables) => GatewaySocket;

/**
 * For one program, or one worker, for each Gateway: `GOSSAMER_GATEWAY` (`namespace/name`) and `GOSSAMER_LISTENER_PORT`
 * (the logical port of its listeners, which a socket's own number does not tell).
 */
export const gatewaySocket: FindSocket = (env) => {
  const [gateway, port] = [env('GOSSAMER_GATEWAY'), env('GOSSAMER_LISTENER_PORT')];
  if (gateway !== undefined && !KEY.test(gateway)) throw new Error('GOSSAMER_GATEWAY is no namespace/name');
  const number = Number(port);
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && number >= 1 && number <= 65_535)) {
    throw new Error('GOSSAMER_LISTENER_PORT is no port (1..65535)');
  }
  return { ...(gateway !== undefined && { gateway }), ...(port !== undefined && { listenerPort: number }) };
};

/** A router has one socket for all. */
export const routerSocket: FindSocket = (env) => {
  if ((env('GOSSAMER_GATEWAY') ?? env('GOSSAMER_LISTENER_PORT')) === undefined) return {};
  throw new Error('GOSSAMER_GATEWAY and GOSSAMER_LISTENER_PORT are for gateways');
};
