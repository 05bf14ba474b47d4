import { isSecret } from '../access/masked-secrets.ts';
import { resourceKey } from '../resources/index.ts';
import type { Resource } from '../resources/resource.ts';
import { isSealed, openText, sealText } from './sealed-text.ts';

type Parts = Pick<Resource, 'spec'> & Pick<Resource['metadata'], 'annotations'>;

/** Keeps what is secret out of the tables: Secrets and the private keys that gateways serve with. */
export class Vault {
  readonly #kek: CryptoKey;

  /** @param kek AES-GCM key that lives outside of the database */
  constructor(kek: CryptoKey) {
    this.#kek = kek;
  }

  /** The document as it is stored: of a Secret spec and annotations, which may repeat it, are one sealed text. */
  async seal(document: Resource): Promise<Resource> {
    if (!isSecret(document) || sealedTextOf(document) !== undefined) return document;
    const { annotations, ...metadata } = document.metadata;
    const parts: Parts = { spec: document.spec, ...(annotations && { annotations }) };
    const sealed = await sealText(JSON.stringify(parts), placeOf(document), this.#kek);
    return { ...document, metadata, spec: { sealed } };
  }

  /** The document as its author wrote it; one that was never sealed as it is. */
  async open(document: Resource): Promise<Resource> {
    const sealed = isSecret(document) ? sealedTextOf(document) : undefined;
    if (sealed === undefined) return document;
    const parts = JSON.parse(await openText(sealed, placeOf(document), this.#kek)) as Parts;
    const { annotations } = parts;
    return { ...document, metadata: { ...document.metadata, ...(annotations && { annotations }) }, spec: parts.spec };
  }

  /** Chunks of gateways hold private keys; what else happens to look like one is sealed too, which costs nothing. */
  async sealChunk(hash: string, text: string): Promise<string> {
    return text.includes('"kind":"gateway"') ? sealText(text, `chunk ${hash}`, this.#kek) : text;
  }

  async openChunk(hash: string, text: string): Promise<string> {
    return isSealed(text) ? openText(text, `chunk ${hash}`, this.#kek) : text;
  }
}

const placeOf = (document: Resource): string => `resource ${resourceKey(document)}`;

function sealedTextOf({ spec }: Resource): string | undefined {
  const { sealed } = (spec ?? {}) as { readonly sealed?: unknown };
  return typeof sealed === 'string' && isSealed(sealed) ? sealed : undefined;
}
