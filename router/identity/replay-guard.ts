import type { MeshSettings } from '../../snapshot/manifest.ts';
import { Refusal } from '../exchange.ts';
import type { Clock, ReplayStore } from '../ports.ts';
import type { SingleUse } from './credential-profile.ts';
import { ReplayMemory } from './replay-memory.ts';

/** Lets a single-use proof through once, by the memory that the mesh asks for. */
export class ReplayGuard {
  readonly #own: ReplayStore;
  readonly #shared: ReplayStore | undefined;

  constructor(ports: { readonly clock: Clock; readonly replay?: ReplayStore }) {
    this.#own = new ReplayMemory(ports.clock);
    this.#shared = ports.replay;
  }

  /** @returns why it is refused; undefined: this is the first time */
  async use(
    { key, until }: SingleUse,
    mode: NonNullable<MeshSettings['replayProtection']>,
  ): Promise<Refusal | undefined> {
    if (mode === 'off') return undefined;
    try {
      // Its own memory first: a replay that it knows needs no question to others.
      if (!(await this.#own.useOnce(key, until))) return replayed();
      if (mode !== 'strict') return undefined;
      if (this.#shared === undefined) return unavailable('no shared replay store is bound to this router');
      return (await this.#shared.useOnce(key, until)) ? undefined : replayed();
    } catch (error) {
      return unavailable(error instanceof Error ? error.message : String(error));
    }
  }
}

const replayed = (): Refusal =>
  new Refusal('token_replayed', 'the workload proof token was used before: sign a new one for each request');

const unavailable = (internal: string): Refusal =>
  new Refusal('token_replayed', 'whether the workload proof token was used before can not be found out now', {
    status: 503,
    check: 'replay_store_unavailable',
    internal,
  });
