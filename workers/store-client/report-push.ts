import type { TelemetryReport } from '../../snapshot/telemetry.ts';

export interface ReportPushOptions {
  /** Base URL of the admin API, without trailing slash. */
  readonly url: string;
  /** The router token. */
  readonly token: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

const ANSWER_TIME = 5_000;

/** Hands one report to the policy store. @throws Error when it was not taken */
export async function pushReport(report: TelemetryReport, { url, token, fetch }: ReportPushOptions): Promise<void> {
  const answer = await fetch(`${url}/v1/telemetry`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(report),
    redirect: 'manual',
    signal: AbortSignal.timeout(ANSWER_TIME),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`policy store answered ${answer.status} to POST /v1/telemetry`);
}
