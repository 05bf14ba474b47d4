import { z } from '@hono/zod-openapi';
import { parseSpiffeId } from '../../snapshot/spiffe-id.ts';
import type { Distribution } from '../distribution.ts';
import type { Issuance } from '../issuance.ts';
import type { KeyRing } from '../key-ring.ts';
import type { KillSwitch } from '../kill-switch.ts';
import { StoreRefusal } from '../refusal.ts';
import { MEBIBYTE, takes, textOf } from './bodies.ts';
import type { Api } from './endpoint.ts';
import { endpoint, json, jsonBody, param, query } from './endpoint.ts';
import { devToken, devTokenRequest, duration, revocationAnswer, revocationLists } from './schemas.ts';

/** Bytes. */
const SMALL = MEBIBYTE / 16;
/** Milliseconds. */
const LONGEST_WAIT = 60_000;

interface Parts {
  readonly distribution: Distribution;
  readonly issuance: Issuance;
  readonly keyRing: KeyRing;
  readonly killSwitch: KillSwitch;
}

/** Who may be who: tokens, keys, revocations. */
export function identityRoutes(api: Api, parts: Parts): void {
  issuerRoutes(api, parts);
  revocationRoutes(api, parts);
}

function issuerRoutes(api: Api, { distribution, issuance }: Parts): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/trust-bundle',
      summary: 'Public keys of the mesh (SPIFFE bundle)',
      needs: 'nothing',
      responses: json('A JWK set.', z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) })),
    },
    [],
    async (ask) => ask.json(await distribution.trustBundle()),
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/.well-known/oauth-authorization-server',
      summary: 'Metadata of the token issuer (RFC 8414)',
      needs: 'nothing',
      responses: json('The metadata.', z.looseObject({ issuer: z.string(), token_endpoint: z.string() })),
    },
    [],
    (ask) => ask.json(issuance.metadata()),
  );
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/token',
      summary: 'A workload identity token for a registered key (private_key_jwt and DPoP)',
      needs: 'nothing',
      request: { body: { content: { 'application/x-www-form-urlencoded': { schema: z.string() } }, required: true } },
      responses: {
        ...json('The token.', z.looseObject({ access_token: z.string(), expires_in: z.int() })),
        400: {
          description: 'OAuth error (RFC 6749, section 5.2).',
          content: { 'application/json': { schema: z.looseObject({ error: z.string() }) } },
        },
      },
      problems: [413, 415],
    },
    takes('application/x-www-form-urlencoded'),
    async (ask) => {
      const form = new URLSearchParams(await textOf(ask.req.raw, SMALL));
      const answer = await issuance.answerTokenRequest(form, ask.req.header('dpop'));
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    },
  );
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/dev/tokens',
      summary: 'A token for a registered Workload without proof of anything (dev mode)',
      needs: 'dev-tokens:mint',
      request: { body: { content: { 'application/json': { schema: devTokenRequest } }, required: true } },
      responses: json('The token.', devToken),
      problems: [400, 403, 404, 413, 415, 422],
    },
    takes('application/json'),
    async (ask) => {
      const asked = await jsonBody(ask, devTokenRequest, SMALL);
      return ask.json(await issuance.devToken(asked, ask.get('actor')));
    },
  );
}

function revocationRoutes(api: Api, { keyRing, killSwitch, distribution }: Parts): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/revocations',
      summary: 'What is revoked',
      needs: 'revocations:read',
      responses: json('The revocations.', z.looseObject({ ids: z.array(z.string()) })),
    },
    [],
    async (ask) => ask.json(await killSwitch.current()),
  );
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/revocations',
      summary: 'Revoke identities or keys, at once',
      needs: 'revocations:write',
      request: {
        query: z.object({ wait: query('`10s`: answer when every running router serves it, at the latest then.') }),
        body: { content: { 'application/json': { schema: revocationLists } }, required: true },
      },
      responses: json('Revoked.', revocationAnswer),
      problems: [400, 409, 413, 415],
    },
    takes('application/json'),
    async (ask) => {
      const wait = duration(ask.req.query('wait'), 'wait', LONGEST_WAIT);
      const lists = await jsonBody(ask, revocationLists, MEBIBYTE);
      for (const id of [...lists.ids, ...Object.keys(lists.issuedBefore)]) {
        if (parseSpiffeId(id) === undefined) throw new StoreRefusal('request_invalid', notAnId(id));
      }
      const signing = lists.kids.length > 0 ? await keyRing.list() : [];
      const anchor = signing.find((key) => key.class === 'manifest' && lists.kids.includes(key.kid));
      if (anchor !== undefined) throw new StoreRefusal('request_invalid', notByThisWay(anchor.kid));
      const answer = await killSwitch.revoke(lists, ask.get('actor'));
      if (wait === undefined) return ask.json(answer);
      return ask.json({ ...answer, waited: await distribution.served(answer.generation, wait, ask.req.raw.signal) });
    },
  );
  endpoint(
    api,
    {
      method: 'delete',
      path: '/v1/revocations/{kind}/{value}',
      summary: 'Take one revocation back',
      needs: 'revocations:write',
      request: {
        params: z.object({
          kind: param('kind', '`ids`, `jkts`, `kids` or `issuedBefore`.'),
          value: param('value', 'Percent-encoded.'),
        }),
      },
      responses: json('Taken back.', revocationAnswer),
      problems: [404],
    },
    [],
    async (ask) => {
      const { kind, value } = ask.req.param();
      const known = (['ids', 'jkts', 'kids', 'issuedBefore'] as const).find((word) => word === kind);
      if (!known) throw new StoreRefusal('not_found', 'Revocations are ids, jkts, kids or issuedBefore.');
      return ask.json(await killSwitch.restore(known, value ?? '', ask.get('actor')));
    },
  );
}

const notAnId = (text: string): string =>
  `${JSON.stringify(text.slice(0, 100))} is no SPIFFE ID, like spiffe://mesh.local/ns/shop/sa/cart.`;

/** A change of a trust anchor may have to wait for a second person: there is one door for it. */
const notByThisWay = (kid: string): string =>
  `${kid} signs manifests: take it out of use with POST /v1/keys/${kid}/revoke (\`gossamer keys revoke ${kid}\`).`;
