import { lt } from 'drizzle-orm';
import { sha256 } from '../../snapshot/content.ts';
import type { Session } from '../db/database.ts';
import { usedTokens } from '../db/schema.ts';

/**
 * Remembers that a token was used. @param id what may be used once, of any length and from anybody
 * @returns false when it was used before
 */
export async function useOnce(session: Session, id: string, expiresAt: Date, now: Date): Promise<boolean> {
  await session.delete(usedTokens).where(lt(usedTokens.expiresAt, now));
  const rows = await session
    .insert(usedTokens)
    .values({ digest: await sha256(id), expiresAt })
    .onConflictDoNothing()
    .returning({ digest: usedTokens.digest });
  return rows.length > 0;
}
