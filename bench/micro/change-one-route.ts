import { buildSnapshot, type CompiledMesh, compileMesh, withKnownPieces } from '../../policy-store/compiler/index.ts';
import type { Resource } from '../../policy-store/resources/resource.ts';
import { NO_REVOCATIONS, NOW } from '../../router/identity/caller.fake.ts';
import { bundleOf } from '../../router/identity/token-forge.fake.ts';
import { createFollower, type SnapshotFollower } from '../../router/index.ts';
import { FakePublisher } from '../../router/snapshot/published.fake.ts';
import { portsOf } from '../pipeline.ts';
import { type Row, rowOf } from '../rows.ts';

const ROUNDS = 15;
const USED = 100;
/** Changes before the first that counts. */
const WARM_UP = 5;

const SIGN = { revision: 1, generation: 1, issuedAt: NOW, trustBundle: bundleOf(), revocations: NO_REVOCATIONS };
const nameOf = (n: number): string => `svc-${n}`;

const serviceOf = (n: number): Resource => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Service',
  metadata: { namespace: 'shop', name: nameOf(n) },
  spec: { endpoints: [{ url: 'http://service.example' }] },
});

const routeOf = (n: number, turn: number): Resource => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { namespace: 'shop', name: nameOf(n) },
  spec: {
    parentRefs: [{ group: '', kind: 'Service', name: nameOf(n) }],
    rules: Array.from({ length: 5 }, (_, rule) => ({
      matches: [{ path: { type: 'PathPrefix', value: `/api/v1/resource-${rule}/${turn}` } }],
      backendRefs: [{ name: nameOf(n), port: 80 }],
    })),
  },
});

/** A mesh of which one route after the other changes, without a database and without a network. */
class ChangingMesh {
  readonly #publisher: FakePublisher;
  readonly #documents: Resource[];
  #compiled: CompiledMesh | undefined;
  #turn = 0;

  constructor(publisher: FakePublisher, services: number) {
    this.#publisher = publisher;
    const numbers = Array.from({ length: services }, (_, n) => n);
    this.#documents = [...numbers.map((n) => routeOf(n, 0)), ...numbers.map(serviceOf)];
  }

  /** Changes a route that is in use. @returns milliseconds until it was compiled, and its snapshot built */
  async change(): Promise<number> {
    const turn = ++this.#turn;
    this.#documents[turn % USED] = routeOf(turn % USED, turn);
    const start = performance.now();
    this.#compiled = withKnownPieces(compileMesh(this.#documents, { dev: false }), this.#compiled);
    const { manifest, chunks } = await buildSnapshot(this.#compiled, SIGN);
    const took = performance.now() - start;
    const held = this.#publisher.chunks;
    for (const hash of chunks.keys()) if (!held.has(hash)) held.set(hash, chunks.get(hash) ?? '');
    await this.#publisher.publish({ manifest: { index: manifest.index } });
    return took;
  }
}

/** What one changed route costs both planes: 100 services are in use at the router. */
export async function measureChangeOneRoute(): Promise<Row[]> {
  return [...(await changing(100)), ...(await changing(10_000))];
}

async function changing(services: number): Promise<Row[]> {
  const publisher = await FakePublisher.create();
  const mesh = new ChangingMesh(publisher, services);
  await mesh.change();
  const { manifestKeys } = publisher;
  const follower = createFollower(portsOf(publisher), { manifestKeys, routerId: 'bench' });
  await follower.start();
  await use(follower);
  const [compile, adopt]: [number[], number[]] = [[], []];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const compiled = await mesh.change();
    const start = performance.now();
    if ((await follower.refresh(0)) !== 'new') throw new Error(follower.status().lastError ?? 'nothing is new');
    if (round < WARM_UP) continue;
    compile.push(compiled);
    adopt.push(performance.now() - start);
  }
  const of = `one changed route of ${services.toLocaleString('en')} services`;
  return [
    rowOf('micro', `${of}, policy store: compile and build`, compile, 'ms'),
    rowOf('micro', `${of}, router: verify, load and switch`, adopt, 'ms'),
  ];
}

async function use(follower: SnapshotFollower): Promise<void> {
  const snapshot = follower.current(NOW);
  if (typeof snapshot === 'string') throw new Error(snapshot);
  for (let n = 0; n < USED; n++) await snapshot.service('shop', nameOf(n));
}
