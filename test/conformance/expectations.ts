import { expect } from 'vitest';
import type { CaseExpectation } from './case-format.ts';
import type { RuntimeFacts } from './exceptions.ts';

/** One answer, whoever gave it. */
export interface Answer {
  readonly status: number;
  /** Lower-case names, every value. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly grpcStatus?: number;
}

/** What the echo backend said it was asked. */
export interface Echo {
  readonly path: string;
  readonly host: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly namespace: string;
  readonly pod: string;
}

/** The echo in an answer, or undefined when no backend gave it. */
export function echoOf(answer: Answer): Echo | undefined {
  try {
    const value = JSON.parse(answer.body) as Partial<Echo>;
    return value.pod === undefined ? undefined : (value as Echo);
  } catch {
    return undefined;
  }
}

/** Where a request was sent, and what the runtime makes of it. */
export interface Sent extends RuntimeFacts {
  readonly host: string;
}

/** Checks every member of the expectation that speaks about a single answer. Throws on the first that fails. */
export function checkAnswer(answer: Answer, wanted: CaseExpectation, sent: Sent): void {
  checkStatus(answer, wanted);
  const echo = echoOf(answer);
  if (wanted.answeredBy === 'backend' && !wanted.frames)
    expect(echo, `a backend answered: ${answer.body.slice(0, 300)}`).toBeDefined();
  if (wanted.answeredBy === 'router') expect(echo, 'the router answered').toBeUndefined();
  if (echo) checkBackend(echo, wanted, sent);
  checkResponseHeaders(answer, wanted, sent);
  if (wanted.redirect) checkRedirect(answer, wanted.redirect, sent);
}

/** The values of a field as the cases write them: one after the other, with commas between. */
const combined = (values: readonly string[] | undefined, already: boolean): string | undefined =>
  already ? values?.join(',').replaceAll(', ', ',') : values?.join(',');

function checkStatus(answer: Answer, wanted: CaseExpectation): void {
  if (wanted.httpEquivalents) {
    const same = wanted.httpEquivalents.some(
      (e) => e.status === answer.status && (e.grpcStatus === undefined || e.grpcStatus === answer.grpcStatus),
    );
    expect(same, `status ${answer.status}, grpc-status ${answer.grpcStatus}`).toBe(true);
    return;
  }
  if (wanted.status)
    expect([...wanted.status, ...(wanted.alsoAcceptStatus ?? [])], answer.body.slice(0, 300)).toContain(answer.status);
  if (wanted.grpcStatus) expect(wanted.grpcStatus).toContain(answer.grpcStatus);
}

function checkBackend(echo: Echo, wanted: CaseExpectation, { authorityField, combinesFields }: Sent): void {
  if (wanted.backend) expect(echo.pod.startsWith(wanted.backend), `${echo.pod} is ${wanted.backend}`).toBe(true);
  if (wanted.backendOneOf)
    expect(
      wanted.backendOneOf.some((name) => echo.pod.startsWith(name)),
      echo.pod,
    ).toBe(true);
  if (wanted.namespace) expect(echo.namespace).toBe(wanted.namespace);
  const request = wanted.backendRequest;
  if (!request) return;
  if (request.method) expect(echo.method).toBe(request.method);
  if (request.path) expect(echo.path).toBe(request.path);
  if (request.host)
    expect(authorityField === 'host' ? echo.host : echo.headers[authorityField]?.join()).toBe(request.host);
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    expect(combined(echo.headers[name.toLowerCase()], combinesFields), name).toBe(combined([value], combinesFields));
  }
  for (const name of request.absentHeaders ?? []) expect(echo.headers[name.toLowerCase()], name).toBeUndefined();
}

function checkResponseHeaders(answer: Answer, wanted: CaseExpectation, { combinesFields }: Sent): void {
  if (wanted.headerChecksOnlyFor && !wanted.headerChecksOnlyFor.includes(answer.status)) return;
  const plain = (text: string | undefined): string | undefined =>
    wanted.ignoreHeaderWhitespace ? text?.replaceAll(/\s/g, '') : text;
  for (const [name, value] of Object.entries(wanted.responseHeaders ?? {})) {
    expect(plain(combined(answer.headers[name.toLowerCase()], combinesFields)), name).toBe(
      plain(combined([value], combinesFields)),
    );
  }
  for (const [name, values] of Object.entries(wanted.responseHeadersOneOf ?? {})) {
    expect(values.map(plain), name).toContain(plain(answer.headers[name.toLowerCase()]?.join(',')));
  }
  for (const name of wanted.absentResponseHeaders ?? [])
    expect(answer.headers[name.toLowerCase()], name).toBeUndefined();
}

const WELL_KNOWN: Readonly<Record<string, string>> = { http: '80', https: '443' };

function checkRedirect(answer: Answer, wanted: NonNullable<CaseExpectation['redirect']>, { host }: Sent): void {
  const location = answer.headers.location?.[0] ?? '';
  const url = new URL(location, `http://${host}`);
  const scheme = url.protocol.slice(0, -1);
  if (wanted.scheme) expect(scheme, location).toBe(wanted.scheme);
  if (wanted.host) expect(url.hostname, location).toBe(wanted.host);
  if (wanted.path) expect(url.pathname, location).toBe(wanted.path);
  if (wanted.port === undefined) return;
  const port = wanted.port === null ? '' : String(wanted.port);
  const omitted = port === WELL_KNOWN[scheme] ? '' : port;
  expect(url.port, location).toBe(omitted);
}
