import * as z from 'zod';
import { problem } from './check.ts';
import { fields } from './fields.ts';

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** 32 bytes in base64url without padding, the form of a P-256 coordinate; undefined when it is anything else. */
function coordinate(text: string): bigint | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return undefined;
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  // 43 characters hold two spare bits: a second spelling of one key would be a second key to whoever compares texts.
  if (btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') !== text) return undefined;
  let value = 0n;
  for (let i = 0; i < bytes.length; i++) value = (value << 8n) | BigInt(bytes.charCodeAt(i));
  return value;
}

/** A point off the curve makes invalid-curve attacks possible: y² = x³ - 3x + b (mod p), SEC 2 secp256r1. */
function onCurve(x: string, y: string): boolean {
  const [px, py] = [coordinate(x), coordinate(y)];
  if (px === undefined || py === undefined || px >= P || py >= P) return false;
  return (py * py - (px * px * px - 3n * px + B)) % P === 0n;
}

const only = <const T extends string>(value: T) =>
  z
    .string()
    .refine((text): text is T => text === value, { message: `must be "${value}": only ES256 keys are registered` });

/** A public ES256 key as JWK (RFC 7517). The private part is refused, and never repeated in a message. */
export const publicKey = fields({
  kty: only('EC'),
  crv: only('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string().min(1).max(128).exactOptional(),
  use: only('sig').exactOptional(),
  alg: only('ES256').exactOptional(),
  key_ops: z.array(only('verify')).max(1).exactOptional(),
  ext: z.boolean().exactOptional(),
  d: z
    .unknown()
    .refine((d) => d === undefined, {
      message: 'is the private part: never give it away; make a new key pair and register its public part',
      params: { code: 'private-key' },
    })
    .exactOptional(),
}).check((ctx) => {
  if (!onCurve(ctx.value.x, ctx.value.y))
    problem(ctx, [], 'is not a point of P-256: export the public key as JWK again');
});
