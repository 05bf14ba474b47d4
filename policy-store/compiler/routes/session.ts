import type { RuleId, SessionPersistence } from '../../../snapshot/route.ts';
import type { SessionPersistenceSpec } from '../../resources/kinds/session-persistence.ts';
import { milliseconds } from '../../resources/schema/duration.ts';

/** @param rule gives the session its name where the document gives none, so that rules never share one by accident */
export function sessionOf(spec: SessionPersistenceSpec, rule: RuleId): SessionPersistence {
  const { type = 'Cookie', sessionName, absoluteTimeout, cookieConfig } = spec;
  const name =
    sessionName ?? `gossamer-session-${checksum(`${rule.kind}/${rule.namespace}/${rule.name}/${rule.rule}`)}`;
  return {
    type,
    name: type === 'Header' ? name.toLowerCase() : name,
    ...(absoluteTimeout !== undefined && { absoluteTimeout: milliseconds(absoluteTimeout) }),
    lifetime: cookieConfig?.lifetimeType ?? 'Session',
  };
}

/** FNV-1a in hexadecimal: short, and says nothing of the mesh to whoever sees the cookie. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
