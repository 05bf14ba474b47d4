/**
 * The cryptography that tokens are signed and verified with. Whatever has these two members will do: keys never leave
 * the provider that made them.
 */
export interface CryptoProvider {
  readonly subtle: SubtleCrypto;
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
}

/** The runtime's own WebCrypto. Where there is none, `gossamer/sdk/webcrypto` has another. */
export const nativeCrypto: CryptoProvider = {
  get subtle() {
    return crypto.subtle;
  },
  getRandomValues: (bytes) => crypto.getRandomValues(bytes),
};
