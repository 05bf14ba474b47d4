import { z } from '@hono/zod-openapi';
import type { Caller } from '../access/permissions.ts';
import type { AuditTrail } from '../audit-trail.ts';
import type { Distribution } from '../distribution.ts';
import type { ApplyAnswer, Documents } from '../documents.ts';
import type { MeshState } from '../mesh-state.ts';
import { StoreRefusal } from '../refusal.ts';
import type { KindInfo } from '../resources/index.ts';
import { findKind, parseDocuments, resourceKey } from '../resources/index.ts';
import type { Resource } from '../resources/resource.ts';
import { MEBIBYTE, mediaTypeOf, takes, textOf } from './bodies.ts';
import type { Api, Ask } from './endpoint.ts';
import { endpoint, heldResponse, json, param, query } from './endpoint.ts';
import { applyAnswer, duration, flag, resource, resourceList } from './schemas.ts';
import { shown } from './shown-documents.ts';

const YAML = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'];
const TYPES = [...YAML, 'application/json'];
const LIMIT = 4 * MEBIBYTE;
/** Milliseconds. */
const LONGEST_WAIT = 60_000;

const documentBody = {
  content: { 'application/yaml': { schema: z.string() }, 'application/json': { schema: z.unknown() } },
  required: true,
};
const changeQuery = {
  dryRun: query('`true`: say what would happen, change nothing.'),
  wait: query('`10s`: answer when every running router serves the change, or the time is over (`waited`).'),
};
const address = {
  namespace: param('namespace', 'Namespace; of a kind that has none, anything (`_`).'),
  kind: param('kind', 'As documents spell it, any case, singular or plural, or `Kind.group`.'),
  name: param('name', 'Name.'),
};

interface Parts {
  readonly documents: Documents;
  readonly audit: AuditTrail;
  readonly distribution: Distribution;
}

/** Documents in and out. */
export function documentRoutes(api: Api, parts: Parts): void {
  applyRoute(api, parts);
  singleRoutes(api, parts);
  listRoutes(api, parts);
}

function applyRoute(api: Api, parts: Parts): void {
  const { documents } = parts;
  endpoint(
    api,
    {
      method: 'post',
      path: '/v1/apply',
      summary: 'Apply documents, all or nothing',
      needs: 'documents:write',
      request: {
        body: documentBody,
        query: z.object({ ...changeQuery, prune: query('`true`: delete every document that is not in the body.') }),
      },
      responses: { ...json('Applied.', applyAnswer), ...heldResponse },
      problems: [400, 409, 413, 415, 422],
    },
    takes(...TYPES),
    async (ask) => {
      const wait = duration(ask.req.query('wait'), 'wait', LONGEST_WAIT);
      const options = {
        dryRun: flag(ask.req.query('dryRun'), 'dryRun'),
        prune: flag(ask.req.query('prune'), 'prune'),
        by: ask.get('caller'),
      };
      const answer = await documents.apply(await textOf(ask.req.raw, LIMIT), typeOf(ask), options);
      return answered(ask, parts.distribution, answer, options.dryRun ? undefined : wait);
    },
  );
}

function singleRoutes(api: Api, { documents, distribution, audit }: Parts): void {
  const path = '/v1/namespaces/{namespace}/{kind}/{name}';
  endpoint(
    api,
    {
      method: 'get',
      path,
      summary: 'One document with its conditions',
      needs: 'documents:read',
      request: { params: z.object(address) },
      responses: json('The document.', resource),
      problems: [404, 409],
    },
    [],
    async (ask) => {
      const state = await documents.state();
      const { key } = locate(ask, state);
      const found = state.resources.get(key);
      if (!found) throw absent(key);
      const [document] = await shown(ask, audit, [withStatus(found, key, state)]);
      return ask.json(document);
    },
  );
  endpoint(
    api,
    {
      method: 'put',
      path,
      summary: 'Create or replace one document',
      needs: 'documents:write',
      request: { params: z.object(address), query: z.object(changeQuery), body: documentBody },
      responses: { ...json('Applied.', applyAnswer), ...heldResponse },
      problems: [400, 404, 409, 413, 415, 422],
    },
    takes(...TYPES),
    async (ask) => {
      const text = await textOf(ask.req.raw, LIMIT);
      refuseOtherDocument(ask, text);
      return change(ask, distribution, (options) => documents.apply(text, typeOf(ask), options));
    },
  );
  endpoint(
    api,
    {
      method: 'delete',
      path,
      summary: 'Delete one document',
      needs: 'documents:write',
      request: { params: z.object(address), query: z.object(changeQuery) },
      responses: { ...json('Deleted.', applyAnswer), ...heldResponse },
      problems: [404, 409, 422],
    },
    [],
    async (ask) => {
      const { key } = locate(ask, await documents.state());
      return change(ask, distribution, (options) => documents.delete(key, options));
    },
  );
}

function listRoutes(api: Api, { documents, audit }: Parts): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/namespaces/{namespace}/{kind}',
      summary: 'Documents of one kind in one namespace',
      needs: 'documents:read',
      request: { params: z.object({ namespace: address.namespace, kind: address.kind }) },
      responses: json('The documents, by name.', resourceList),
      problems: [404],
    },
    [],
    async (ask) => {
      const { kind, namespace } = ask.req.param();
      return ask.json({ items: await shown(ask, audit, listed(await documents.state(), kind, namespace)) });
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/v1/resources',
      summary: 'Documents of the whole mesh',
      needs: 'documents:read',
      request: { query: z.object({ kind: query('Only this kind.'), namespace: query('Only this namespace.') }) },
      responses: json('The documents, by kind, namespace and name.', resourceList),
      problems: [404],
    },
    [],
    async (ask) => {
      const { kind, namespace } = ask.req.query();
      return ask.json({ items: await shown(ask, audit, listed(await documents.state(), kind, namespace)) });
    },
  );
}

const typeOf = (ask: Ask): 'yaml' | 'json' =>
  mediaTypeOf(ask.req.header('content-type')) === 'application/json' ? 'json' : 'yaml';

async function change(
  ask: Ask,
  distribution: Distribution,
  work: (options: { dryRun: boolean; by: Caller }) => Promise<ApplyAnswer>,
): Promise<Response> {
  const wait = duration(ask.req.query('wait'), 'wait', LONGEST_WAIT);
  const dryRun = flag(ask.req.query('dryRun'), 'dryRun');
  return answered(ask, distribution, await work({ dryRun, by: ask.get('caller') }), dryRun ? undefined : wait);
}

async function answered(
  ask: Ask,
  distribution: Distribution,
  answer: ApplyAnswer,
  wait: number | undefined,
): Promise<Response> {
  if (answer.pending !== undefined) return ask.json(answer, 202);
  if (wait === undefined) return ask.json(answer);
  const waited = await distribution.served(answer.generation, wait, ask.req.raw.signal);
  return ask.json({ ...answer, waited });
}

/** `HTTPRoute`, `httproutes`, or `service.gossamer.mesh` where two groups have the kind. */
function kindsOf(word: string): readonly KindInfo[] {
  const dot = word.indexOf('.');
  const all = findKind(dot < 0 ? word : word.slice(0, dot));
  const group = dot < 0 ? undefined : word.slice(dot + 1).toLowerCase();
  const kinds = all.filter((kind) => group === undefined || kind.group === (group === 'core' ? '' : group));
  if (kinds.length > 0) return kinds;
  throw new StoreRefusal('kind_unknown', `There is no kind "${word.slice(0, 100)}".`);
}

/** The document that a path means: where several groups have the kind, the one that is there. */
function locate(ask: Ask, state: MeshState): { key: string } {
  const { namespace, kind, name } = ask.req.param() as Record<keyof typeof address, string>;
  const keys = kindsOf(kind).map((info) => keyOf(info, namespace, name));
  const there = keys.filter((key) => state.resources.has(key));
  if (there.length > 1) {
    throw new StoreRefusal(
      'kind_ambiguous',
      `Several documents fit: ${there.join(', ')}. Write the kind with its group, like service.gossamer.mesh or service.core.`,
    );
  }
  return { key: there[0] ?? keys[0] ?? '' };
}

function keyOf({ apiVersion, kind, scope }: KindInfo, namespace: string, name: string): string {
  return resourceKey({ apiVersion, kind, metadata: { namespace: scope === 'Cluster' ? '' : namespace, name } });
}

/** A PUT whose document is not the one of its path would change something else than it says. */
function refuseOtherDocument(ask: Ask, text: string): void {
  const { namespace, kind, name } = ask.req.param() as Record<keyof typeof address, string>;
  const { documents } = parseDocuments(text, typeOf(ask));
  const allowed = kindsOf(kind).map((info) => keyOf(info, namespace, name));
  const [first] = documents;
  // What does not parse is reported by apply, with its diagnostics.
  if (documents.length === 0 || !first) return;
  if (documents.length > 1 || !allowed.includes(resourceKey(first.resource))) {
    throw new StoreRefusal(
      'request_invalid',
      `The body is not the one document ${allowed[0]} that the path names. Use POST /v1/apply for others.`,
    );
  }
}

function listed(state: MeshState, kind: string | undefined, namespace: string | undefined): Resource[] {
  const kinds = kind === undefined ? undefined : kindsOf(kind);
  const prefixes = kinds?.map((info) => `${info.group}/${info.kind}/`);
  const everywhere = kinds?.every((info) => info.scope === 'Cluster') ?? false;
  return [...state.resources]
    .filter(([key]) => prefixes?.some((prefix) => key.startsWith(prefix)) ?? true)
    .filter(([, found]) => everywhere || namespace === undefined || found.metadata.namespace === namespace)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, found]) => withStatus(found, key, state));
}

function withStatus(found: Resource, key: string, state: MeshState): Resource {
  return { ...found, status: state.compiled.statuses.get(key) ?? {} };
}

const absent = (key: string): StoreRefusal =>
  new StoreRefusal('not_found', `There is no ${key}. List what there is with GET /v1/resources.`);
