import type { Database } from '../../policy-store/db/database.ts';
import type { PolicyStore, StorePorts } from '../../policy-store/index.ts';
import { startStore } from '../../policy-store/index.ts';

export const ADMIN_TOKEN = 'admin-token-of-the-tests';
export const ROUTER_TOKEN = 'router-token-of-the-tests';
export const ISSUER = 'http://store.test';

/** One implementation of the database under the store. */
export interface Place {
  /** A new, empty database. */
  fresh(): Promise<Database>;
}

/** A clock that is moved by hand, and a log that is kept. */
export interface TestPorts extends StorePorts {
  readonly time: { now: number };
  readonly lines: string[];
}

export function testPorts(extra: Partial<StorePorts> = {}): TestPorts {
  const time = { now: Date.parse('2026-11-23T10:00:00.000Z') };
  const lines: string[] = [];
  return {
    time,
    lines,
    clock: { now: () => time.now },
    log: (level, message, fields) => lines.push(JSON.stringify({ level, message, ...fields })),
    ...extra,
  };
}

/** The same bytes in every process, so that a child can open what the test wrote. */
export function keyEncryptionKey(byte = 7): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', new Uint8Array(32).fill(byte), 'AES-GCM', false, ['encrypt', 'decrypt']);
}

export async function testOptions(overrides: { devMode?: boolean } = {}) {
  return {
    devMode: true,
    adminToken: ADMIN_TOKEN,
    routerToken: ROUTER_TOKEN,
    keyEncryptionKey: await keyEncryptionKey(),
    issuer: ISSUER,
    ...overrides,
  };
}

/** A store with its clock, and short words for asking it. */
export interface TestStore {
  readonly store: PolicyStore;
  readonly ports: TestPorts;
  ask(method: string, path: string, init?: AskInit): Promise<Answer>;
  apply(yaml: string, query?: string): Promise<Answer>;
  manifest(): Promise<ManifestSummary>;
}

export interface AskInit {
  readonly body?: string;
  readonly type?: string;
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined when the answer is not JSON. Tests read what they expect and fail on the rest. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer from outside, judged member by member in the tests
  readonly body: any;
}

export interface ManifestSummary {
  readonly revision: number;
  readonly generation: number;
  readonly jws: string;
  // biome-ignore lint/suspicious/noExplicitAny: the payload of a token, judged member by member in the tests
  readonly payload: any;
}

export async function openStore(database: Database, ports = testPorts(), overrides = {}): Promise<TestStore> {
  const store = await startStore(database, ports, await testOptions(overrides));
  const ask: TestStore['ask'] = async (method, path, init = {}) => {
    const { token = ADMIN_TOKEN, type, body } = init;
    const headers = new Headers(init.headers);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    if (type !== undefined) headers.set('content-type', type);
    const request = new Request(`${ISSUER}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
      ...(init.signal && { signal: init.signal }),
    });
    return answerOf(await store.fetch(request));
  };
  return {
    store,
    ports,
    ask,
    apply: (yaml, query = '') => ask('POST', `/v1/apply${query}`, { body: yaml, type: 'application/yaml' }),
    manifest: async () => summaryOf(await store.reader.manifest()),
  };
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /[/+]json$/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}

export function summaryOf(jws: string): ManifestSummary {
  const payload = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString());
  return { revision: payload.revision, generation: payload.generation, jws, payload };
}

export const workload = (name: string, spec = '{}', metadata = ''): string => `
apiVersion: gossamer.mesh/v1
kind: Workload
metadata: { name: ${name}, namespace: shop${metadata && `, ${metadata}`} }
spec: ${spec}
`;

export const service = (name: string, port = 9001): string => `
apiVersion: gossamer.mesh/v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec:
  ports: [{ port: 80 }]
  endpoints: [{ url: "http://127.0.0.1:${port}" }]
`;

export const documents = (...parts: readonly string[]): string => parts.join('---\n');

/** Outcomes as `name outcome`. */
export const outcomes = (answer: Answer): string[] =>
  answer.body.results.map((result: { name: string; outcome: string }) => `${result.name} ${result.outcome}`);
