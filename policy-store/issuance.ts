import type { CompiledMesh } from './compiler/index.ts';
import type { Database, Session } from './db/database.ts';
import type { Enrolment } from './enrolment.ts';
import type { SigningKey, TokenAnswer } from './issuer/index.ts';
import { answerTokenRequest, checkWorkloadKey, GRANT_TYPES, mintWit } from './issuer/index.ts';
import type { IssuerKeys } from './issuer-keys/index.ts';
import type { MeshStates } from './mesh-state.ts';
import type { PolicyStoreOptions, StorePorts } from './ports.ts';
import { StoreRefusal } from './refusal.ts';
import { appendAudit } from './repositories/audit-log.ts';
import { readRevocations } from './repositories/revocations.ts';
import type { StoredKeys } from './repositories/signing-keys.ts';
import { useOnce } from './repositories/used-tokens.ts';

interface Deps {
  readonly database: Database;
  readonly states: MeshStates;
  readonly clock: StorePorts['clock'];
  readonly enrolment: Enrolment;
  readonly issuerKeys: IssuerKeys;
  readonly options: Pick<PolicyStoreOptions, 'devMode' | 'issuer'>;
  keys(session: Session): StoredKeys;
}

export interface DevTokenAsk {
  readonly namespace: string;
  readonly workload: string;
  /** Public key that the token is bound to. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** Gives workloads their identity tokens. */
export class Issuance {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** RFC 8414. */
  metadata(): Readonly<Record<string, unknown>> {
    const { issuer } = this.#deps.options;
    return {
      issuer,
      token_endpoint: `${issuer}/v1/token`,
      jwks_uri: `${issuer}/v1/trust-bundle`,
      response_types_supported: [],
      grant_types_supported: GRANT_TYPES,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['ES256'],
      dpop_signing_alg_values_supported: ['ES256'],
    };
  }

  /** `POST /v1/token`; its errors are OAuth's, not ours. @param dpop the header */
  async answerTokenRequest(form: URLSearchParams, dpop: string | undefined): Promise<TokenAnswer> {
    const { database, clock, options, enrolment } = this.#deps;
    const now = clock.now();
    const { compiled } = await this.#state();
    return answerTokenRequest(form, dpop, {
      issuer: options.issuer,
      tokenEndpoint: `${options.issuer}/v1/token`,
      workload: async (spiffeId) => {
        const found = compiled.workloads.find((workload) => workload.spiffeId === spiffeId);
        return found && { ...found, keys: [...found.keys, ...(await enrolment.joinedKeys(found))] };
      },
      useOnce: (jti, expiresAt) =>
        database.write((session) => useOnce(session, jti, new Date(expiresAt), new Date(now))),
      signingKey: (cls) => this.#signingKey(cls),
      issuerKeys: (issuer) => this.#issuerKeys(issuer, compiled),
      redeem: (joinToken, jwk) => enrolment.redeem(joinToken, jwk),
      takesBearer: async (audience) =>
        compiled.services.some(
          ({ name, namespace, authn }) =>
            authn === 'bearer' && audience === `http://${name}.${namespace}.${compiled.mesh.domain}`,
        ),
      revoked: await database.read((session) => readRevocations(session, now)),
      now,
    });
  }

  /**
   * A token for a registered Workload on the word of the administrator alone.
   * @throws StoreRefusal `dev_mode_only`, `not_found`, `workload_key_invalid`
   */
  async devToken(ask: DevTokenAsk, actor: string): Promise<{ wit: string; spiffeId: string; expiresAt: number }> {
    const { database, clock, options } = this.#deps;
    if (!options.devMode) {
      throw new StoreRefusal(
        'dev_mode_only',
        'This store is not in dev mode: workloads enrol with POST /v1/token and a registered key.',
      );
    }
    const wrong = checkWorkloadKey(ask.jwk);
    if (wrong !== undefined) throw new StoreRefusal('workload_key_invalid', `The key cannot be bound: ${wrong}`);
    const { compiled } = await this.#state();
    const workload = compiled.workloads.find(
      ({ namespace, name }) => namespace === ask.namespace && name === ask.workload,
    );
    if (!workload) {
      throw new StoreRefusal(
        'not_found',
        `There is no Workload ${ask.namespace}/${ask.workload}. Apply one first; \`spec: {}\` is enough.`,
      );
    }
    const { uid, spiffeId } = workload;
    const now = clock.now();
    const minted = await mintWit(await this.#signingKey('wit'), { spiffeId, uid, jwk: ask.jwk, now });
    await database.alone((session) =>
      appendAudit(session, { at: now, actor, action: 'mint-dev-token', subject: spiffeId, detail: {} }),
    );
    return { ...minted, spiffeId };
  }

  #state() {
    return this.#deps.database.read((session) => this.#deps.states.current(session));
  }

  async #issuerKeys(issuer: string, { issuers }: CompiledMesh): Promise<readonly JsonWebKey[] | undefined> {
    const listed = issuers.find((one) => one.issuer === issuer);
    return listed && this.#deps.issuerKeys.keys(listed);
  }

  async #signingKey(cls: 'wit' | 'jwt'): Promise<SigningKey> {
    const key = await this.#deps.database.read((session) => this.#deps.keys(session).active(cls));
    if (!key)
      throw new StoreRefusal('store_closing', 'The store holds no key to sign identity tokens with. Start it again.');
    return key;
  }
}
