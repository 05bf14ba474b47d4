import { bytesOfPem, elements, SEQUENCE } from '../gateways/der.ts';
import { certificateMoment } from './moment.ts';

/** What a certificate says of itself (RFC 5280). */
export interface CertificateFacts {
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** @param pem leaf first. Undefined: it can not be read. */
export function certificateFacts(pem: string): CertificateFacts | undefined {
  const [certificate] = elements(bytesOfPem(pem) ?? new Uint8Array());
  const [body] = elements(certificate?.content ?? new Uint8Array());
  // version (when not 1), serial, signature, issuer, validity: the first SEQUENCE that holds two times.
  for (const { tag, content } of elements(body?.content ?? new Uint8Array())) {
    if (tag !== SEQUENCE) continue;
    const [from, until] = elements(content).map((one) =>
      certificateMoment(one.tag, String.fromCharCode(...one.content.subarray(0, 20))),
    );
    if (from !== undefined && until !== undefined) return { notBefore: from, notAfter: until };
  }
  return undefined;
}
