import { asc, eq, gt, lt, sql } from 'drizzle-orm';
import type { Session } from '../db/database.ts';
import { manifests, routers } from '../db/schema.ts';

/** A router as the store knows it: what it held when it last asked. */
export interface RouterEntry {
  readonly id: string;
  readonly role: 'router' | 'gateway';
  readonly runtime: string;
  /** 0: none yet. */
  readonly generation: number;
  /** 0: none yet, or older than the generations that are kept. */
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly lastSeen: number;
}

/** Routers that were silent for so long are forgotten, milliseconds. */
const FORGOTTEN_AFTER = 3_600_000;
/** More than any mesh has; whoever holds the router token cannot fill the table. */
const LIMIT = 10_000;

export async function sawRouter(session: Session, router: Omit<RouterEntry, 'revision'>): Promise<void> {
  const lastSeen = new Date(router.lastSeen);
  const { role, runtime, generation } = router;
  await session.delete(routers).where(lt(routers.lastSeen, new Date(router.lastSeen - FORGOTTEN_AFTER)));
  await session.execute(sql`
    insert into ${routers} (id, role, runtime, generation, last_seen)
    select ${router.id}, ${role}, ${runtime}, ${generation}, ${lastSeen.toISOString()}::timestamptz
    where (select count(*) from ${routers}) < ${LIMIT}
    on conflict (id, role) do update
      set runtime = excluded.runtime, generation = excluded.generation, last_seen = excluded.last_seen`);
}

/** Who asked after `since` (ms since the epoch). */
export async function listRouters(session: Session, since: number): Promise<RouterEntry[]> {
  const rows = await session
    .select({
      id: routers.id,
      role: routers.role,
      runtime: routers.runtime,
      generation: routers.generation,
      revision: manifests.revision,
      lastSeen: routers.lastSeen,
    })
    .from(routers)
    .leftJoin(manifests, eq(manifests.generation, routers.generation))
    .where(gt(routers.lastSeen, new Date(since)))
    .orderBy(asc(routers.role), asc(routers.id));
  return rows.map((row) => ({ ...row, revision: row.revision ?? 0, lastSeen: row.lastSeen.getTime() }));
}

/** A router that stops, in whatever roles it served. @returns whether it was known */
export async function removeRouter(session: Session, id: string): Promise<boolean> {
  return (await session.delete(routers).where(eq(routers.id, id)).returning({ id: routers.id })).length > 0;
}

/** For a store that is the only one on its database: whoever asked before it started is to ask again. */
export async function forgetRouters(session: Session): Promise<void> {
  await session.delete(routers);
}
