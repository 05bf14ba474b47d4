import { Crypto } from '@peculiar/webcrypto';
import type { CryptoProvider } from './crypto-provider.ts';

/**
 * WebCrypto by @peculiar/webcrypto, over `node:crypto`: for `createMesh({ crypto })` on a runtime that has no WebCrypto of
 * its own. An entry of its own, so that nobody else loads it.
 */
export const webcrypto: CryptoProvider = new Crypto() as unknown as CryptoProvider;
