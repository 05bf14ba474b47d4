import { expect } from 'vitest';
import { type Caller, enrol } from './caller.ts';
import type { CaseExpectation, CaseRequest, ConformanceCase, ConformanceTest } from './case-format.ts';
import { topology } from './case-format.ts';
import type { TestCertificates } from './certificates.ts';
import { documentsOf, type GatewaySockets } from './documents.ts';
import type { EchoBackends } from './echo-backends.ts';
import type { RuntimeFacts } from './exceptions.ts';
import { type Answer, checkAnswer, echoOf } from './expectations.ts';
import type { MeshProcess } from './mesh-process.ts';
import type { Places } from './places.ts';
import { exchangeFrame, sendHttp1, sendHttp2, type Wire } from './send.ts';

interface ReplayParts {
  readonly mesh: MeshProcess;
  readonly backends: EchoBackends;
  readonly certificates: TestCertificates;
  readonly places: Places;
  readonly runtime: RuntimeFacts;
}

/** Replays one test of the suite: applies its documents alone, then sends its cases. */
export class Replay {
  readonly #mesh: MeshProcess;
  readonly #backends: EchoBackends;
  readonly #certificates: TestCertificates;
  readonly #places: Places;
  readonly #runtime: RuntimeFacts;
  #sockets = new Map<string, GatewaySockets>();
  #revision = 0;
  #callers = new Map<string, Caller>();

  constructor(parts: ReplayParts) {
    this.#mesh = parts.mesh;
    this.#backends = parts.backends;
    this.#certificates = parts.certificates;
    this.#places = parts.places;
    this.#runtime = parts.runtime;
  }

  async apply(test: ConformanceTest): Promise<void> {
    const { documents, sockets } = documentsOf(test, topology(), this.#backends.backends);
    this.#sockets = sockets;
    this.#callers.clear();
    const secrets = this.#certificates.secretsFor(documents);
    this.#revision = await this.#mesh.apply([...documents, ...secrets], this.#places.wait);
  }

  async check(wanted: ConformanceCase): Promise<void> {
    for (const { kind, namespace, name } of wanted.before ?? []) {
      this.#revision = await this.#mesh.remove(kind, namespace, name, this.#places.wait);
    }
    if (wanted.expect.frames) return this.#checkFrames(wanted);
    if (wanted.expect.distribution) return this.#checkDistribution(wanted);
    if (wanted.expect.mirrorDistribution) return this.#checkMirrorShare(wanted);
    for (let i = 0; i < (wanted.expect.repeat?.times ?? 1); i++) await this.#checkOnce(wanted);
  }

  async #checkOnce(wanted: ConformanceCase): Promise<void> {
    const id = crypto.randomUUID();
    const wire = await this.#wireOf(wanted, id);
    if (wanted.backendBehaviour) this.#backends.behaviours.set(id, { ...wanted.backendBehaviour, seen: 0 });
    const answer = await this.#send(wanted.request, wire);
    checkAnswer(answer, expectationFor(wanted, id), { ...this.#runtime, host: wire.host });
    const named = wanted.expect.repeat?.each.backendRequestHeaderNamesBackend;
    if (named) expect(echoOf(answer)?.headers[named.toLowerCase()]).toEqual([echoOf(answer)?.pod.replace(/-0$/, '')]);
    const attempts = wanted.derived?.backendAttempts;
    if (attempts !== undefined && wanted.backendBehaviour)
      expect(this.#backends.behaviours.get(id)?.seen).toBe(attempts);
    for (const mirror of wanted.expect.mirroredTo ?? []) {
      await expect.poll(() => this.#heardBy(mirror, id), { timeout: 10_000 }).toBe(1);
    }
  }

  async #checkDistribution(wanted: ConformanceCase): Promise<void> {
    const { requests, concurrency, weights, absoluteTolerance, wholeCheckTries } = must(wanted.expect.distribution);
    let shares = new Map<string, number>();
    for (let attempt = 0; attempt < wholeCheckTries; attempt++) {
      shares = new Map();
      await times(requests, concurrency, async () => {
        const answer = await this.#send(wanted.request, await this.#wireOf(wanted, crypto.randomUUID()));
        checkAnswer(answer, wanted.expect, { ...this.#runtime, host: '' });
        const name = echoOf(answer)?.pod.replace(/-0$/, '') ?? '';
        shares.set(name, (shares.get(name) ?? 0) + 1 / requests);
      });
      const off = Object.entries(weights).filter(
        ([name, weight]) => Math.abs((shares.get(name) ?? 0) - weight) > (weight === 0 ? 0 : absoluteTolerance),
      );
      if (off.length === 0) return;
    }
    expect.fail(`shares ${JSON.stringify([...shares])} are not ${JSON.stringify(weights)}`);
  }

  async #checkMirrorShare(wanted: ConformanceCase): Promise<void> {
    const { requests, concurrency, min, max, wholeCheckTries } = must(wanted.expect.mirrorDistribution);
    const mirror = must(wanted.expect.mirroredTo?.[0]);
    let copies = 0;
    for (let attempt = 0; attempt < wholeCheckTries; attempt++) {
      const ids: string[] = [];
      await times(requests, concurrency, async () => {
        const id = crypto.randomUUID();
        ids.push(id);
        const answer = await this.#send(wanted.request, await this.#wireOf(wanted, id));
        checkAnswer(answer, expectationFor(wanted, id), { ...this.#runtime, host: '' });
      });
      const count = (): number => ids.filter((id) => this.#heardBy(mirror, id) > 0).length;
      // Copies are sent after their answers: count until no more come.
      const settled = (): boolean => {
        const before = copies;
        copies = count();
        return copies === before;
      };
      await expect.poll(settled, { interval: 200, timeout: 10_000 }).toBe(true);
      if (copies >= min && copies <= max) return;
    }
    expect.fail(`${copies} copies of ${requests}, wanted ${min} to ${max}`);
  }

  async #checkFrames(wanted: ConformanceCase): Promise<void> {
    const wire = await this.#wireOf(wanted, crypto.randomUUID());
    for (const frame of wanted.expect.frames ?? []) {
      const answer = await exchangeFrame(wire, frame.send.text);
      expect(wanted.expect.status).toContain(answer.status);
      expect(answer.text).toBe(frame.expect.text);
    }
  }

  #heardBy(mirror: { backend: string; namespace: string }, id: string): number {
    return this.#backends.heard.filter(
      (h) => h.path.includes(id) && h.backend === mirror.backend && h.namespace === mirror.namespace,
    ).length;
  }

  async #send(request: CaseRequest, wire: Wire): Promise<Answer> {
    if (request.grpc) return sendHttp2(wire, JSON.stringify(request.grpc.message ?? {}));
    return request.protocol.startsWith('HTTP/2') ? sendHttp2(wire) : sendHttp1(wire);
  }

  async #wireOf(wanted: ConformanceCase, id: string): Promise<Wire> {
    const { request } = wanted;
    const target = await (request.to.kind === 'Gateway' ? this.#atGateway(request) : this.#atRouter(request));
    const set = Object.entries(wanted.backendResponse?.headers ?? {}).map(([name, value]) => `${name}:${value}`);
    return {
      ...target,
      method: request.method,
      path: filled(request.path, request, id),
      headers: { ...request.headers, ...target.headers, ...(set.length ? { 'X-Echo-Set-Header': set.join(',') } : {}) },
      ...(request.tls ? { tls: { serverName: request.tls.serverName, ca: this.#certificates.authority } } : {}),
    };
  }

  async #atGateway({ to, host }: CaseRequest): Promise<Pick<Wire, 'address' | 'port' | 'host' | 'headers'>> {
    const sockets = must(this.#sockets.get(`${to.namespace}/${to.name}`));
    const place = await this.#places.gateway(to, sockets, this.#revision);
    return { ...place, host: host ?? place.address, headers: {} };
  }

  async #atRouter({ to, from }: CaseRequest): Promise<Pick<Wire, 'address' | 'port' | 'host' | 'headers'>> {
    const place = await this.#places.router(this.#revision);
    const name = `${to.name}.${to.namespace}.mesh`;
    const headers = from ? await (await this.#callerOf(from)).headersFor(`http://${name}`) : {};
    const host = to.port === 80 ? name : `${name}:${to.port}`;
    return { ...place, host, headers };
  }

  async #callerOf({ namespace, workload }: { namespace: string; workload: string }): Promise<Caller> {
    const key = `${namespace}/${workload}`;
    const caller = this.#callers.get(key) ?? (await enrol(this.#mesh, namespace, workload));
    this.#callers.set(key, caller);
    return caller;
  }
}

/** The expectation with the path that this request really has. */
function expectationFor({ request, expect: wanted }: ConformanceCase, id: string): CaseExpectation {
  const { backendRequest } = wanted;
  if (backendRequest?.path === undefined) return wanted;
  return { ...wanted, backendRequest: { ...backendRequest, path: filled(backendRequest.path, request, id) } };
}

function filled(path: string, { uniqueQueryParam }: CaseRequest, id: string): string {
  const own = path.replace('{{uuid}}', id);
  return uniqueQueryParam ? `${own}${own.includes('?') ? '&' : '?'}${uniqueQueryParam}=${id}` : own;
}

async function times(count: number, concurrency: number, run: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await run();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the case lacks what its kind needs');
  return value;
}
