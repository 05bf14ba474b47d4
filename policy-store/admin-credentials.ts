import { callerOf, meshConfigOf } from './access/bindings.ts';
import type { Caller } from './access/permissions.ts';
import type { Database, Session } from './db/database.ts';
import { TokenRefused, unverifiedIssuer, verifyOidcToken, verifyWorkloadRequest } from './issuer/index.ts';
import type { IssuerKeys } from './issuer-keys/index.ts';
import type { MeshState, MeshStates } from './mesh-state.ts';
import type { PolicyStoreOptions, StorePorts } from './ports.ts';
import { readRevocations } from './repositories/revocations.ts';
import type { StoredKeys } from './repositories/signing-keys.ts';
import { useOnce } from './repositories/used-tokens.ts';

interface Deps {
  readonly database: Database;
  readonly states: MeshStates;
  readonly clock: StorePorts['clock'];
  readonly issuerKeys: Pick<IssuerKeys, 'keys'>;
  readonly options: Pick<PolicyStoreOptions, 'issuer'>;
  keys(session: Session): StoredKeys;
}

/** What a workload sends with a request. */
export interface WorkloadTokens {
  readonly wit: string;
  readonly wpt: string;
  readonly method: string;
  readonly query: string;
  body(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Who stands behind a credential that is no fixed token of this store. */
export class AdminCredentials {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * The holder of a token of an issuer that MeshConfig lists, with what the bindings give.
   * @throws TokenRefused
   */
  async ofOidcToken(text: string): Promise<Caller> {
    const { clock, options, issuerKeys } = this.#deps;
    const { resources } = await this.#state();
    const config = meshConfigOf(resources);
    const issuer = unverifiedIssuer(text);
    const source = (config.issuers ?? []).find((one) => one.issuer === issuer);
    // Nobody's keys are fetched because a token names them.
    if (source === undefined) throw new TokenRefused('its issuer is not listed in MeshConfig');
    const keys = await issuerKeys.keys(source);
    const claims = await verifyOidcToken(text, { issuer, audiences: [options.issuer], keys, now: clock.now() });
    if (typeof claims.sub !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(claims.sub)) {
      throw new TokenRefused('its sub is missing or malformed');
    }
    return callerOf({ issuer, claims }, config.access ?? []);
  }

  /** The workload that proves itself for exactly this request. @throws TokenRefused */
  async ofWorkload(tokens: WorkloadTokens): Promise<Caller> {
    const { database, clock, options } = this.#deps;
    const now = clock.now();
    const { resources, compiled } = await this.#state();
    const bindings = meshConfigOf(resources).access ?? [];
    const [records, revocations] = await database.read(async (session) => [
      await this.#deps.keys(session).records(),
      await readRevocations(session, now),
    ]);
    const spiffeId = await verifyWorkloadRequest(tokens, {
      trustDomain: compiled.mesh.trustDomain,
      audience: options.issuer,
      keys: records.filter((key) => key.class === 'wit' && key.removedAt === null),
      revocations,
      workloads: new Map(compiled.workloads.map((workload) => [workload.spiffeId, workload.uid])),
      now,
      useOnce: (id, expiresAt) => database.write((session) => useOnce(session, id, new Date(expiresAt), new Date(now))),
    });
    return callerOf({ spiffeId }, bindings);
  }

  #state(): Promise<MeshState> {
    return this.#deps.database.read((session) => this.#deps.states.current(session));
  }
}
