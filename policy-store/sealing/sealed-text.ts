import { decodeBase64Url, encodeBase64Url } from '../../snapshot/strict-jws.ts';
import { StoreStartError } from '../refusal.ts';

/** Names the form, so that a later one can be told apart, and sealed text from clear. */
const FORM = 'sealed-1';
const IV_BYTES = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether a text is one that `sealText` made. */
export const isSealed = (text: string): boolean => text.startsWith(`${FORM}.`);

/**
 * Encrypts a text for storage, so that a copy of the database does not tell it.
 * @param place where it is kept: it opens nowhere else, so rows can not be exchanged
 */
export async function sealText(text: string, place: string, kek: CryptoKey): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const additionalData = encoder.encode(`gossamer ${FORM} ${place}`);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, kek, encoder.encode(text));
  return `${FORM}.${encodeBase64Url(iv)}.${encodeBase64Url(new Uint8Array(sealed))}`;
}

/** @throws StoreStartError when it was sealed with another key or for another place, or is damaged; it tells nothing of it */
export async function openText(sealed: string, place: string, kek: CryptoKey): Promise<string> {
  const [form, ivText = '', sealedText = ''] = sealed.split('.');
  const iv = decodeBase64Url(ivText);
  const bytes = decodeBase64Url(sealedText);
  const additionalData = encoder.encode(`gossamer ${FORM} ${place}`);
  try {
    if (form !== FORM || iv?.length !== IV_BYTES || bytes === undefined) throw new Error('of another form');
    return decoder.decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, kek, bytes));
  } catch {
    throw new StoreStartError(
      'A sealed value in the database does not open with this key encryption key. Start with the key that it was stored under.',
    );
  }
}
