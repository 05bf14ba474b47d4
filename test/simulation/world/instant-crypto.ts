import { createHash, createPrivateKey, createPublicKey, KeyObject, sign, verify } from 'node:crypto';

type Importing = [
  format: 'jwk',
  key: JsonWebKey,
  algorithm: EcKeyImportParams,
  extractable: boolean,
  usages: KeyUsage[],
];

const p1363 = (key: CryptoKey) => ({ key: KeyObject.from(key as never), dsaEncoding: 'ieee-p1363' as const });

/**
 * WebCrypto answers when a thread of the machine is done, so what follows happens in an order that no seed decides. Here
 * the same signatures are made and checked at once. Only ES256 and SHA-256, which is what routers use.
 */
const INSTANT = {
  digest: async (_algorithm: string, data: Uint8Array) => createHash('sha256').update(data).digest().buffer,
  sign: async (_algorithm: object, key: CryptoKey, data: Uint8Array) => sign('sha256', data, p1363(key)),
  verify: async (_algorithm: object, key: CryptoKey, signature: Uint8Array, data: Uint8Array) =>
    verify('sha256', data, p1363(key), signature),
  // Extractable whatever was asked for: what signs at once has to look into the key.
  importKey: async (...[format, key, algorithm, , usages]: Importing) => {
    const made =
      key.d === undefined ? createPublicKey({ key, format } as never) : createPrivateKey({ key, format } as never);
    return made.toCryptoKey(algorithm, true, usages as never);
  },
};

/** Until it is taken back. */
export function withInstantCrypto(): () => void {
  const { subtle } = globalThis.crypto;
  Object.assign(subtle, INSTANT);
  return () => {
    for (const name of Object.keys(INSTANT)) delete (subtle as unknown as Record<string, unknown>)[name];
  };
}
