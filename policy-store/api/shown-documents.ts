import { isSecret, masked } from '../access/masked-secrets.ts';
import { mayIn } from '../access/permissions.ts';
import type { AuditTrail } from '../audit-trail.ts';
import { resourceTitle } from '../resources/index.ts';
import type { Resource } from '../resources/resource.ts';
import type { Ask } from './endpoint.ts';

/** Titles that an entry of the audit log holds. */
const NAMED = 100;

/**
 * Documents as this caller may see them: values of Secrets are masked, or that they were read is written down first.
 * @throws StoreRefusal when it cannot be written down
 */
export async function shown<T extends Resource | null>(
  ask: Ask,
  audit: AuditTrail,
  documents: readonly T[],
): Promise<T[]> {
  const caller = ask.get('caller');
  const read = new Set<string>();
  const answer = documents.map((document) => {
    if (document === null || !isSecret(document)) return document;
    // A document has the type of its mask: only texts in it differ.
    if (!mayIn(caller, 'secrets:read', document.metadata.namespace)) return masked(document) as T;
    read.add(resourceTitle(document));
    return document;
  });
  if (read.size > 0) {
    const secrets = [...read].slice(0, NAMED);
    const subject = read.size === 1 ? (secrets[0] ?? '') : `${read.size} Secrets`;
    await audit.record({ actor: caller.actor, action: 'read-secrets', subject, detail: { secrets } });
  }
  return answer;
}
