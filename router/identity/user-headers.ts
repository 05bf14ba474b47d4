import type { UserRule } from '../../snapshot/user-rule.ts';
import type { Refusal } from '../exchange.ts';
import type { HeaderList } from '../headers.ts';
import { headerClass } from '../screening/header-class.ts';
import { refusedUser, type VerifiedUser } from './user-verifier.ts';

const SENDABLE = /^[\x20-\x7e]{0,8192}$/;

/** Takes off what only the mesh may say of an end user, whoever wrote it. */
export function stripUserHeaders(rules: readonly UserRule[], headers: HeaderList): void {
  for (const { payloadHeader, claimHeaders } of rules) {
    if (payloadHeader !== undefined) headers.delete(payloadHeader);
    for (const { header } of claimHeaders ?? []) headers.delete(header);
  }
}

/** Writes what the rules that accepted the token want told. @returns a refusal for a claim that no header can hold */
export function setUserHeaders({ rules, token }: VerifiedUser, headers: HeaderList): Refusal | undefined {
  for (const { payloadHeader, claimHeaders = [] } of rules) {
    if (payloadHeader !== undefined && isOurs(payloadHeader)) headers.set(payloadHeader, token.payload);
    for (const { header, claim } of claimHeaders) {
      const value = textOf(claimAt(token.claims, claim));
      if (value === undefined || !isOurs(header)) continue;
      // Escaped it would be another value; a line break would be another header.
      if (!SENDABLE.test(value)) return refusedUser(`its claim ${claim} can not be sent in a header`, 'malformed');
      headers.set(header, value);
    }
  }
  return undefined;
}

const isOurs = (name: string): boolean => headerClass(name) === 'plain';

/** A claim of this very name, else the one that dots lead to. */
function claimAt(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[part];
  }
  return value;
}

/** Texts, numbers and truth values; Istio sends nothing else either. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
