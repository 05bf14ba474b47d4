import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Diagnostic } from '../policy-store/resources/resource.ts';
import { CliError, messageOf } from './cli-error.ts';
import type { CliContext } from './context.ts';

/** Where the policy store is and what opens it: the flags that every command shares. */
export interface ConnectionFlags {
  readonly admin?: string | undefined;
  readonly tokenFile?: string | undefined;
}

const DEFAULT_ADMIN = 'http://127.0.0.1:8082';
const DEFAULT_TOKEN_FILE = '.gossamer/admin-token';
const TIMEOUT_MS = 60_000;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The admin API as the command line uses it. Every failure is a CliError that says what to do. */
export class AdminClient {
  readonly url: string;
  readonly #token: string;
  readonly #fetch: typeof fetch;

  constructor(url: string, token: string, send: typeof fetch) {
    this.url = url;
    this.#token = token;
    this.#fetch = send;
  }

  static async connect(context: CliContext, flags: ConnectionFlags): Promise<AdminClient> {
    const url = adminUrl(flags.admin ?? context.process.env.GOSSAMER_ADMIN ?? DEFAULT_ADMIN);
    return new AdminClient(url, await adminToken(context, flags), context.fetch);
  }

  get(path: string): Promise<unknown> {
    return this.#send('GET', path);
  }

  /** @returns undefined for 404 */
  async find(path: string): Promise<unknown> {
    const answer = await this.#exchange('GET', path);
    return answer.status === 404 ? undefined : this.#accept(answer);
  }

  post(path: string, value: unknown): Promise<unknown> {
    return this.#send('POST', path, value);
  }

  delete(path: string): Promise<unknown> {
    return this.#send('DELETE', path);
  }

  /** Whatever the status: for `/readyz`, whose refusal is an answer too. */
  probe(path: string): Promise<Answer> {
    return this.#exchange('GET', path);
  }

  async #send(method: string, path: string, value?: unknown): Promise<unknown> {
    return this.#accept(await this.#exchange(method, path, value));
  }

  async #exchange(method: string, path: string, value?: unknown): Promise<Answer> {
    const headers = new Headers({ authorization: `Bearer ${this.#token}`, accept: 'application/json' });
    if (value !== undefined) headers.set('content-type', 'application/json');
    try {
      const response = await this.#fetch(`${this.url}${path}`, {
        method,
        headers,
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(value === undefined ? {} : { body: JSON.stringify(value) }),
      });
      return { status: response.status, body: decode(await response.text()) };
    } catch (thrown) {
      throw new CliError('store_unreachable', `no policy store answers at ${this.url} (${messageOf(thrown)})`, {
        next: 'Start one with `gossamer dev`, or name another with --admin or GOSSAMER_ADMIN.',
      });
    }
  }

  #accept({ status, body }: Answer): unknown {
    if (status >= 200 && status < 300) return body;
    if (status === 401) {
      throw new CliError('token_refused', `the policy store at ${this.url} does not accept this admin token`, {
        next: 'Use the token that this store wrote when it started: --token-file DATA/admin-token, or GOSSAMER_ADMIN_TOKEN.',
      });
    }
    throw problemError(status, body);
  }
}

/** A problem document (RFC 9457) of the admin API as an error; its diagnostics come along. */
function problemError(status: number, body: unknown): CliError {
  const problem = isRecord(body) ? body : {};
  const text = (member: string): string | undefined =>
    typeof problem[member] === 'string' && problem[member] !== '' ? problem[member] : undefined;
  const diagnostics = Array.isArray(problem.diagnostics) ? (problem.diagnostics as Diagnostic[]) : [];
  const message = text('detail') ?? text('title') ?? `the policy store answered ${status}`;
  return new CliError(text('code') ?? `http_${status}`, message, { diagnostics });
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function decode(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

function adminUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CliError('usage', `${JSON.stringify(text)} is no URL of a policy store`, {
      next: `Write it like ${DEFAULT_ADMIN}.`,
      exitCode: 2,
    });
  }
  return url.href.replace(/\/+$/, '');
}

async function adminToken(context: CliContext, flags: ConnectionFlags): Promise<string> {
  const fromEnv = context.process.env.GOSSAMER_ADMIN_TOKEN?.trim();
  if (flags.tokenFile === undefined && fromEnv) return fromEnv;
  const file = resolve(context.cwd, flags.tokenFile ?? DEFAULT_TOKEN_FILE);
  const token = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
  if (token) return token;
  throw new CliError('no_admin_token', `there is no admin token in ${file}`, {
    next:
      flags.tokenFile === undefined
        ? 'Run this in the folder where `gossamer dev` runs, or pass --token-file or GOSSAMER_ADMIN_TOKEN.'
        : 'Pass the file that the policy store wrote: DATA/admin-token.',
  });
}
