import type { Row } from '../rows.ts';
import { measureAuthorize } from './authorize.ts';
import { measureChangeOneRoute } from './change-one-route.ts';
import { measureDecisionLog } from './decision-log.ts';
import { measureForward } from './forward.ts';
import { measureLimitRate } from './limit-rate.ts';
import { measureLoadChunk } from './load-chunk.ts';
import { measureMatchRoute } from './match-route.ts';
import type { Effort } from './timed.ts';
import { measureVerifyCaller } from './verify-caller.ts';

const PARTS: readonly ((effort: Effort) => Promise<Row[]>)[] = [
  measureMatchRoute,
  measureAuthorize,
  measureVerifyCaller,
  measureForward,
  measureLimitRate,
  measureDecisionLog,
  measureLoadChunk,
  measureChangeOneRoute,
];

/** Parts of a request and of a change, each alone, over and over. */
export async function measureMicro(effort: Effort): Promise<Row[]> {
  const rows: Row[] = [];
  for (const part of PARTS) rows.push(...(await part(effort)));
  return rows;
}
