import type { TelemetryReport } from '../../snapshot/telemetry.ts';
import { askStore, type StoreAccess } from './ask-store.ts';

const ANSWER_TIME = 5_000;

/** Hands one report to the policy store. @throws Error when it was not taken */
export async function pushReport(body: TelemetryReport, store: StoreAccess): Promise<void> {
  const question = { method: 'POST', path: '/v1/telemetry', within: ANSWER_TIME, body } as const;
  const answer = await askStore(store, question, [200, 202, 204]);
  await answer.body?.cancel();
}
