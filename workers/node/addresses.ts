import { isIPv6 } from 'node:net';
import { StartError, systemReason } from './start-error.ts';

/** What a client on this machine calls a socket that listens on `host`. */
export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}

/** A socket that can not be opened, in words. @param flag that chooses another port */
export function socketError(error: unknown, host: string, port: number, flag: string): StartError {
  const reason = systemReason(error);
  if (reason === 'EADDRINUSE') {
    return new StartError(
      `port ${port} on ${host} is in use. Stop what listens there, or choose another with ${flag}.`,
    );
  }
  if (reason === 'EADDRNOTAVAIL' || reason === 'ENOTFOUND') {
    return new StartError(`${host} is no address of this machine. Choose another with --host.`);
  }
  if (reason === 'ENOTSUP') {
    return new StartError('this system shares no ports among processes. Start one process, without --reuse-port.');
  }
  return new StartError(`port ${port} on ${host} can not be opened: ${reason}. Choose another with ${flag}.`);
}
