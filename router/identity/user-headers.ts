import type { UserRule } from '../../snapshot/user-rule.ts';
import type { Refusal } from '../exchange.ts';
import type { HeaderList } from '../headers.ts';
import { headerClass } from '../screening/header-class.ts';
import { claimAt, claimText } from './end-user.ts';
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
      // A claim of this very name, else the one that dots lead to.
      const path = Object.hasOwn(token.claims, claim) ? [claim] : claim.split('.');
      const value = claimText(claimAt(token.claims, path));
      if (value === undefined || !isOurs(header)) continue;
      // Escaped it would be another value; a line break would be another header.
      if (!SENDABLE.test(value)) return refusedUser(`its claim ${claim} can not be sent in a header`, 'malformed');
      headers.set(header, value);
    }
  }
  return undefined;
}

const isOurs = (name: string): boolean => headerClass(name) === 'plain';
