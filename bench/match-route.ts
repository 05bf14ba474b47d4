import { HeaderList } from '../router/headers.ts';
import { meshServiceOf } from '../router/routing/authority.ts';
import { type CompiledTable, compileRouteTable } from '../router/routing/compile.ts';
import { findMatch, type MatchInput } from '../router/routing/match.ts';
import type { RouteMatch, RouteRule } from '../snapshot/route.ts';

/**
 * What finding the service and the rule of a request costs, by the number of routes. Prints medians; run it on an idle
 * machine: `npm run bench:match`.
 */

const ROUNDS = 60;
const FINDS = 20_000;
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

/** Nanoseconds a find. */
function measure(services: number, routes: number): number {
  const tables = new Map(Array.from({ length: services }, (_, i) => [`shop/svc-${i}`, tableOf(routes)]));
  const questions = questionsFor(services, routes);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    let found = 0;
    for (let i = 0; i < FINDS; i++) {
      const { host, input } = questions[i % questions.length] as Question;
      const named = meshServiceOf(host, 'mesh');
      const table = named && tables.get(`${named.namespace}/${named.name}`);
      if (table !== undefined && findMatch(table, input) !== undefined) found++;
    }
    if (found !== FINDS) throw new Error(`${FINDS - found} requests found no rule`);
    rounds.push(Number(process.hrtime.bigint() - start) / FINDS);
  }
  return rounds.sort((a, b) => a - b)[ROUNDS / 2] as number;
}

const CASES = [
  ['10 routes, 1 service', 1, PER_SERVICE],
  ['1,000 routes, 100 services', 100, PER_SERVICE],
  ['10,000 routes, 1,000 services', 1000, PER_SERVICE],
  ['1,000 routes, 1 service', 1, 1000],
  ['10,000 routes, 1 service', 1, 10_000],
] as const;

// The first measurement pays for compiling; it is thrown away.
measure(1, PER_SERVICE);
const base = measure(1, PER_SERVICE);
for (const [name, services, routes] of CASES) {
  const ns = measure(services, routes);
  process.stdout.write(`${name.padEnd(32)} ${ns.toFixed(0).padStart(6)} ns   ${(ns / base).toFixed(2)} x\n`);
}
