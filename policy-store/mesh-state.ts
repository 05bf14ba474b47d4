import type { ResourceSet } from './changes.ts';
import type { CompiledMesh } from './compiler/index.ts';
import { compileMesh, withKnownPieces } from './compiler/index.ts';
import type { Session } from './db/database.ts';
import { readResources } from './repositories/resources.ts';
import { currentRevision } from './repositories/revisions.ts';
import type { Vault } from './sealing/vault.ts';

/** The documents of one revision and what they compile to. */
export interface MeshState {
  readonly revision: number;
  readonly resources: ResourceSet;
  readonly compiled: CompiledMesh;
}

/** The state in force, kept in memory for as long as the database says that it is still the one. */
export class MeshStates {
  readonly #dev: boolean;
  readonly #vault: Vault;
  #held: MeshState | undefined;

  constructor(dev: boolean, vault: Vault) {
    this.#dev = dev;
    this.#vault = vault;
  }

  async current(session: Session): Promise<MeshState> {
    for (;;) {
      const revision = await currentRevision(session);
      if (this.#held?.revision === revision) return this.#held;
      const resources = await readResources(session, this.#vault);
      // Outside of the writers' lock another process may have committed between the two reads.
      if ((await currentRevision(session)) !== revision) continue;
      this.keep({ revision, resources, compiled: this.compile(resources) });
    }
  }

  compile(resources: ResourceSet): CompiledMesh {
    return withKnownPieces(compileMesh([...resources.values()], { dev: this.#dev }), this.#held?.compiled);
  }

  /** Call it only with what is committed. */
  keep(state: MeshState): void {
    if (this.#held === undefined || state.revision > this.#held.revision) this.#held = state;
  }
}
