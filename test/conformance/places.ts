import { request } from 'node:http';
import type { Member, Runtime } from '../blackbox/runtimes.ts';
import type { CaseRequest } from './case-format.ts';
import type { GatewaySockets } from './documents.ts';
import type { MeshProcess } from './mesh-process.ts';

/** A socket of the mesh. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** Where a runtime serves what the store holds. */
export interface Places {
  /** How long an apply waits for the routers that are known to the store, as its `wait` parameter says it. */
  readonly wait: string | undefined;
  /** Resolves when the place judges by `revision`. */
  router(revision: number): Promise<Place>;
  /** @param sockets as the Gateway's annotation binds them */
  gateway(to: CaseRequest['to'], sockets: GatewaySockets, revision: number): Promise<Place>;
  stop(): Promise<void>;
}

/** Node: `gossamer dev` itself, with the sockets that the Gateways' annotations ask for. */
export class DevPlaces implements Places {
  readonly wait = '10s';
  readonly #mesh: MeshProcess;

  constructor(mesh: MeshProcess) {
    this.#mesh = mesh;
  }

  async router(): Promise<Place> {
    return placeOf(this.#mesh.ready.router);
  }

  async gateway({ port }: CaseRequest['to'], { address, socketPort }: GatewaySockets): Promise<Place> {
    return { address, port: socketPort(port) };
  }

  async stop(): Promise<void> {}
}

/** More would only hold memory: the cases come test by test, and most tests use one Gateway. */
const MAX_GATEWAYS = 4;

/**
 * A fetch runtime: a router, and a gateway for each logical port of a Gateway, as they would be deployed. They start when
 * a case needs them. A worker follows the store only while it has traffic, and members come and go, so that it is not the
 * store that is asked whether they serve a revision but they themselves.
 */
export class RuntimePlaces implements Places {
  readonly wait = undefined;
  readonly #runtime: Runtime;
  readonly #joinFile: string;
  #router: Promise<Member> | undefined;
  /** By Gateway and port, the one used last at the end. */
  readonly #gateways = new Map<string, Promise<Member>>();
  readonly #served = new Map<Member, number>();

  constructor(runtime: Runtime, joinFile: string) {
    this.#runtime = runtime;
    this.#joinFile = joinFile;
  }

  async router(revision: number): Promise<Place> {
    this.#router ??= this.#runtime.start('router', this.#joinFile);
    return this.#serving(await this.#router, revision);
  }

  async gateway({ namespace, name, port }: CaseRequest['to'], _: GatewaySockets, revision: number): Promise<Place> {
    const key = `${namespace}/${name}`;
    const place = `${key}:${port}`;
    const env = { GOSSAMER_GATEWAY: key, GOSSAMER_LISTENER_PORT: String(port) };
    const member = this.#gateways.get(place) ?? this.#runtime.start('gateway', this.#joinFile, env);
    this.#gateways.delete(place);
    this.#gateways.set(place, member);
    const [oldest] = this.#gateways;
    if (this.#gateways.size > MAX_GATEWAYS && oldest) {
      this.#gateways.delete(oldest[0]);
      await (await oldest[1]).stop();
    }
    return this.#serving(await member, revision);
  }

  async stop(): Promise<void> {
    const members = await Promise.all([...this.#gateways.values(), ...(this.#router ? [this.#router] : [])]);
    await Promise.all(members.map((member) => member.stop()));
  }

  async #serving(member: Member, revision: number): Promise<Place> {
    const place = placeOf(member.url);
    const until = performance.now() + 10_000;
    while ((this.#served.get(member) ?? -1) < revision) {
      if (performance.now() > until) throw new Error(`${member.url} does not come to serve revision ${revision}`);
      this.#served.set(member, await servedBy(place));
    }
    return place;
  }
}

const placeOf = (url: string): Place => {
  const { hostname, port } = new URL(url);
  return { address: hostname, port: Number(port) };
};

/** The revision that judges a request for nothing; asked on a connection of its own. */
function servedBy({ address, port }: Place): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: address, port, path: '/', headers: { host: 'no-such-host.invalid' }, agent: false });
    asked.on('error', reject);
    asked.on('response', (response) => {
      response.resume();
      setTimeout(resolve, 5, Number(response.headers['mesh-revision'] ?? -1));
    });
    asked.end();
  });
}
