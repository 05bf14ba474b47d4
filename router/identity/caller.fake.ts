import type { Revocations } from '../../snapshot/manifest.ts';
import { MESH } from '../../snapshot/mesh-settings.fake.ts';
import { Cancellation } from '../cancellation.ts';
import { FakeBody, FakeClock } from '../ports.fake.ts';
import { CallerVerifier, type CallerVerifierPorts } from './caller-verifier.ts';
import type { CallerCredentials, CallToProve, IdentitySnapshot } from './credential-profile.ts';
import { bundleKey, bundleOf, type ForgedPair, forge, forgePair, type Part } from './token-forge.fake.ts';
import { TrustKeys } from './trust-keys.ts';
import { hashText } from './wit.ts';

export const NOW = 1_800_000_000_000;
/** Seconds. */
export const THEN = NOW / 1000;
export const AUDIENCE = 'http://orders.shop.mesh';
export const WEB = 'spiffe://mesh.local/ns/shop/sa/web';
export const CALLER = 'spiffe://mesh.local/ns/shop/sa/cart';

export const NO_REVOCATIONS: Revocations = { ids: [], jkts: [], kids: [], issuedBefore: {}, workloads: [] };

/** A GET without query and body, to a service that takes proofs. */
export const callAs = (over: Partial<CallToProve> = {}): CallToProve => ({
  request: { method: 'GET' },
  query: undefined,
  body: new FakeBody(),
  cancellation: new Cancellation(),
  service: { chunk: { authn: 'proof' } },
  ...over,
});

export const newVerifier = (
  options: { readonly cacheSize?: number } = {},
  ports: Partial<CallerVerifierPorts> = {},
): CallerVerifier => new CallerVerifier({ clock: new FakeClock(NOW), ...ports }, options);

/** A caller with good credentials, and every way to spoil them. */
export class FakeCaller {
  readonly issuer: ForgedPair;
  readonly jwt: ForgedPair;
  readonly hop: ForgedPair;
  readonly own: ForgedPair;
  readonly snapshot: IdentitySnapshot;

  private constructor(issuer: ForgedPair, jwt: ForgedPair, hop: ForgedPair, own: ForgedPair, trust: TrustKeys) {
    this.issuer = issuer;
    this.jwt = jwt;
    this.hop = hop;
    this.own = own;
    this.snapshot = { trust, revocations: NO_REVOCATIONS, mesh: MESH };
  }

  static async create(): Promise<FakeCaller> {
    const [issuer, jwt, hop, own] = await Promise.all([forgePair(), forgePair(), forgePair(), forgePair()]);
    const bundle = bundleOf(
      bundleKey(issuer, 'wit-1', 'wit-svid'),
      bundleKey(jwt, 'jwt-1', 'jwt-svid'),
      bundleKey(hop, 'hop-1', 'mesh-hop'),
    );
    return new FakeCaller(issuer, jwt, hop, own, await TrustKeys.load(bundle));
  }

  witHeader(changes: object = {}): object {
    return { typ: 'wit+jwt', alg: 'ES256', kid: 'wit-1', ...changes };
  }

  witClaims(changes: object = {}): object {
    return {
      iss: 'spiffe://mesh.local',
      sub: CALLER,
      iat: THEN,
      exp: THEN + 1800,
      jti: 'wit',
      cnf: { jwk: { ...this.own.jwk, alg: 'ES256' } },
      'gossamer.mesh/uid': 'uid-1',
      ...changes,
    };
  }

  wit(claims: Part = this.witClaims(), header: Part = this.witHeader(), key = this.issuer.privateKey): Promise<string> {
    return forge(header, claims, key);
  }

  async wptClaims(wit: string, changes: object = {}): Promise<object> {
    return { aud: AUDIENCE, exp: THEN + 30, jti: 'wpt', wth: await hashText(wit), ...changes };
  }

  wpt(claims: Part, header: Part = { typ: 'wpt+jwt', alg: 'ES256' }, key = this.own.privateKey): Promise<string> {
    return forge(header, claims, key);
  }

  /** A good pair, with the proof's claims changed. */
  async credentials(changes: object = {}, authorization?: string): Promise<CallerCredentials> {
    const wit = await this.wit();
    return { wit: [wit], wpt: [await this.wpt(await this.wptClaims(wit, changes))], authorization };
  }

  /** Of a proof for one request alone: what it is bound to goes beside the other claims. */
  async strictClaims(method: string, query: string, body: string): Promise<object> {
    return {
      htm: method,
      'gossamer.mesh/q': await hashText(query),
      'gossamer.mesh/bd': await hashText(body),
    };
  }

  jwtClaims(changes: object = {}): object {
    return {
      iss: 'spiffe://mesh.local',
      sub: CALLER,
      aud: AUDIENCE,
      iat: THEN,
      exp: THEN + 120,
      jti: 'svid',
      'gossamer.mesh/uid': 'uid-1',
      ...changes,
    };
  }

  /** A JWT-SVID. */
  svid(
    claims: Part = this.jwtClaims(),
    header: Part = { typ: 'JWT', alg: 'ES256', kid: 'jwt-1' },
    key = this.jwt.privateKey,
  ): Promise<string> {
    return forge(header, claims, key);
  }

  parentClaims(changes: object = {}): object {
    return {
      iss: 'router-1',
      sub: WEB,
      aud: CALLER,
      iat: THEN,
      exp: THEN + 30,
      jti: 'parent',
      via: [],
      pol: 'shop/p',
      gen: 1,
      ...changes,
    };
  }

  /** The Mesh-Call that this caller was called with by WEB. */
  parentCall(
    claims: Part = this.parentClaims(),
    header: Part = { typ: 'mesh-call+jwt', alg: 'ES256', kid: 'hop-1' },
    key = this.hop.privateKey,
  ): Promise<string> {
    return forge(header, claims, key);
  }
}
