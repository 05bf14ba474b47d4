import type { HeaderList } from './headers.ts';

const GRPC = /^application\/grpc(?:$|[+;\s])/i;

/** Whether a request is a gRPC call. gRPC-Web is not: it is answered as any other request from a browser. */
export const isGrpc = (headers: HeaderList): boolean => GRPC.test(headers.get('content-type') ?? '');

/** As `grpc-message` is written: UTF-8, with everything escaped that is no visible ASCII, and `%`. */
export const grpcMessage = (text: string): string =>
  text.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]/gu, (char) => {
    const escaped = encodeURIComponent(char);
    return escaped === char ? `%${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}` : escaped;
  });

const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 } as const;

/** Milliseconds of a `grpc-timeout`; undefined when it is none. */
export function parseGrpcTimeout(text: string): number | undefined {
  const [, digits, unit] = TIMEOUT.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNIT[unit as keyof typeof UNIT];
}

/** What is left, as a `grpc-timeout`: at least a millisecond, because 0 is no time limit to some. */
export function grpcTimeout(ms: number): string {
  const whole = Math.max(1, Math.floor(ms));
  return whole < 100_000_000 ? `${whole}m` : `${Math.min(Math.floor(whole / 1000), 99_999_999)}S`;
}
