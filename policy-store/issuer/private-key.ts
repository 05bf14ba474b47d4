import { decodeBase64Url, encodeBase64Url } from '../../snapshot/strict-jws.ts';

/** Names the form, so that a later one can be told apart. */
const FORM = 'a256gcm-1';
const IV_BYTES = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
const additionalData = encoder.encode(`gossamer signing key ${FORM}`);

/**
 * Encrypts a private key for storage, so that a copy of the database signs nothing.
 * @param kek AES-GCM key that lives outside of the database
 */
export async function wrapPrivateKey(jwk: JsonWebKey, kek: CryptoKey): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData },
    kek,
    encoder.encode(JSON.stringify(jwk)),
  );
  return `${FORM}.${encodeBase64Url(iv)}.${encodeBase64Url(new Uint8Array(sealed))}`;
}

/** @throws Error when it was wrapped with another key, or is damaged; the message tells nothing of it */
export async function unwrapPrivateKey(wrapped: string, kek: CryptoKey): Promise<JsonWebKey> {
  const [form, ivText = '', sealedText = ''] = wrapped.split('.');
  const iv = decodeBase64Url(ivText);
  const sealed = decodeBase64Url(sealedText);
  if (form !== FORM || iv?.length !== IV_BYTES || sealed === undefined) {
    throw new Error('a stored signing key has an unknown form');
  }
  let text: ArrayBuffer;
  try {
    text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, kek, sealed);
  } catch {
    throw new Error('a stored signing key can not be decrypted: is the key encryption key the one it was stored with?');
  }
  return JSON.parse(decoder.decode(text)) as JsonWebKey;
}
