import { HeaderList } from '../../router/headers.ts';
import { meshServiceOf } from '../../router/routing/authority.ts';
import { type CompiledTable, compileRouteTable } from '../../router/routing/compile.ts';
import { findMatch, type MatchInput } from '../../router/routing/match.ts';
import type { RouteMatch, RouteRule } from '../../snapshot/route.ts';
import type { Row } from '../rows.ts';
import { type Effort, type Timed, timed } from './timed.ts';

const PER_SERVICE = 10;

const rule = (index: number): RouteRule => ({
  id: { kind: 'HTTPRoute', namespace: 'shop', name: `r${index}`, rule: 0 },
  filters: [],
  backends: [],
});

/** A prefix, an exact path, one with a method and one with a header, over and over. */
function matchOf(index: number): RouteMatch {
  const value = `/api/v1/resource-${index}`;
  const path = { type: index % 4 === 1 ? 'Exact' : 'PathPrefix', value } as const;
  if (index % 4 === 2) return { rule: index, path, method: 'GET' };
  if (index % 4 === 3) return { rule: index, path, headers: [{ type: 'Exact', name: 'x-version', value: 'two' }] };
  return { rule: index, path };
}

function tableOf(size: number): CompiledTable {
  const indexes = Array.from({ length: size }, (_, i) => i);
  return compileRouteTable({ matches: indexes.map(matchOf), rules: indexes.map(rule) });
}

interface Question {
  readonly host: string;
  readonly input: MatchInput;
}

const headers = HeaderList.from([
  ['accept', '*/*'],
  ['user-agent', 'bench'],
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['x-version', 'two'],
]);

function questionsFor(services: number, routes: number): Question[] {
  return Array.from({ length: 1000 }, (_, i) => ({
    host: `svc-${(i * 7919) % services}.shop.mesh`,
    input: {
      path: `/api/v1/resource-${(i * 104_729) % routes}`,
      method: 'GET',
      headers,
      query: 'a=1&b=2',
    },
  }));
}

/** From Host to service to rule. */
function finding(name: string, services: number, routes: number): Timed {
  const tables = new Map(Array.from({ length: services }, (_, i) => [`shop/svc-${i}`, tableOf(routes)]));
  const questions = questionsFor(services, routes);
  let turn = 0;
  const run = (): void => {
    const { host, input } = questions[turn++ % questions.length] as Question;
    const named = meshServiceOf(host, 'mesh');
    const table = named && tables.get(`${named.namespace}/${named.name}`);
    if (table === undefined || findMatch(table, input) === undefined) throw new Error(`no rule for ${input.path}`);
  };
  return { name: `match-route, ${name}`, unit: 'ns', run };
}

const CASES = [
  ['10 routes of 1 service', 1, PER_SERVICE],
  ['1,000 routes of 100 services', 100, PER_SERVICE],
  ['100,000 routes of 10,000 services', 10_000, PER_SERVICE],
  ['1,000 routes of 1 service', 1, 1000],
  ['100,000 routes of 1 service', 1, 100_000],
] as const;

/** What finding the service and the rule of a request costs, by the number of routes. */
export async function measureMatchRoute(effort: Effort): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, services, routes] of CASES) rows.push(await timed(finding(name, services, routes), effort));
  return rows;
}
