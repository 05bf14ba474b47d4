import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { PolicyStore } from '../blackbox/policy-store.ts';

/** What became of one apply. */
interface Refused {
  /** 0: there was no answer. */
  readonly status: number;
  readonly said: string;
}

/** Applies a document of its own after the other, as fast as the store says yes, and keeps what it said yes to. */
export class Writer {
  /** Revision of each document whose apply was acknowledged, by its name. */
  readonly acknowledged = new Map<string, number>();
  readonly refused: Refused[] = [];
  readonly #store: () => PolicyStore;
  readonly #name: string;
  readonly #running: Promise<void>;
  #stopped = false;

  /** @param store the one that runs now */
  constructor(name: string, store: () => PolicyStore) {
    this.#name = name;
    this.#store = store;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let n = 0; !this.#stopped; n++) {
      await this.#apply(`${this.#name}-${n}`);
      await wait(5);
    }
  }

  async #apply(name: string): Promise<void> {
    try {
      const answer = await this.#store().ask('POST', '/v1/apply', [workload(name)]);
      const text = await answer.text();
      if (answer.ok) this.acknowledged.set(name, (JSON.parse(text) as { revision: number }).revision);
      else this.refused.push({ status: answer.status, said: text });
    } catch (error) {
      this.refused.push({ status: 0, said: String(error) });
    }
  }
}

const workload = (name: string): object => ({
  apiVersion: 'gossamer.mesh/v1',
  kind: 'Workload',
  metadata: { name, namespace: 'shop' },
  spec: {},
});

interface Item {
  readonly metadata: { readonly name: string };
}

/** Nothing that was acknowledged is missing, and no revision was given to two. */
export async function expectAllKept(store: PolicyStore, writers: readonly Writer[]): Promise<void> {
  const acknowledged = writers.flatMap((writer) => [...writer.acknowledged]);
  const { items } = (await store.call('GET', '/v1/namespaces/shop/Workload')) as unknown as { items: Item[] };
  const kept = new Set(items.map(({ metadata }) => metadata.name));
  expect(acknowledged.filter(([name]) => !kept.has(name))).toEqual([]);
  const revisions = acknowledged.map(([, revision]) => revision);
  expect(new Set(revisions).size).toBe(revisions.length);
  const { revision: newest } = (await store.call('POST', '/v1/apply', [workload(`last-${crypto.randomUUID()}`)])) as {
    revision: number;
  };
  expect(newest).toBeGreaterThan(Math.max(0, ...revisions));
}
