import type { RouteMatch, RuleId } from '../../../../snapshot/route.ts';
import type { Resource } from '../../../resources/resource.ts';
import type { AnalysedMesh, OwnedTable } from '../analysed-mesh.ts';
import type { Analyzer } from '../analyzer.ts';
import { matchCovers } from '../route-cover.ts';

/** A rule of one table, with those of its matches behind which an earlier one takes all of their requests. */
interface ShadowedRule {
  readonly route: Resource;
  readonly id: RuleId;
  readonly owner: string;
  readonly matches: number;
  readonly taken: readonly { readonly match: RouteMatch; readonly by: RuleId }[];
}

/** Tables of thousands of matches are looked at as far as this goes. */
const MAX_PAIRS = 200_000;

/** Rules of which at least one match never gets a request. */
export function* shadowedRules(mesh: AnalysedMesh): Iterable<ShadowedRule> {
  const routes = new Map(
    mesh.resources.map((resource) => [
      `${resource.kind}/${resource.metadata.namespace}/${resource.metadata.name}`,
      resource,
    ]),
  );
  for (const owned of mesh.tables) {
    const taken = takenMatches(owned);
    for (const [index, rule] of owned.table.rules.entries()) {
      const { kind, namespace, name } = rule.id;
      const route = routes.get(`${kind}/${namespace}/${name}`);
      const own = taken.filter(({ match }) => match.rule === index);
      const matches = owned.table.matches.filter((match) => match.rule === index).length;
      if (route !== undefined && own.length > 0) yield { route, id: rule.id, owner: owned.owner, matches, taken: own };
    }
  }
}

function takenMatches({ table: { matches, rules } }: OwnedTable): { match: RouteMatch; by: RuleId }[] {
  let pairs = 0;
  return matches.flatMap((match, place) => {
    const earlier = matches.slice(0, place).find((other) => pairs++ < MAX_PAIRS && matchCovers(other, match));
    const by = earlier && rules[earlier.rule]?.id;
    return by === undefined ? [] : [{ match, by }];
  });
}

/** `rule 1 of HTTPRoute shop/web`. */
export const ruleText = ({ kind, namespace, name, rule }: RuleId): string =>
  `rule ${rule} of ${kind} ${namespace}/${name}`;

export const unreachableRule: Analyzer = {
  code: 'GSM0301',
  name: 'UnreachableRule',
  severity: 'Warning',
  brief: 'Rules that come first in the order of precedence take every request of a rule',
  analyze(mesh, report) {
    for (const { route, id, owner, matches, taken } of shadowedRules(mesh)) {
      const [first] = taken;
      if (first === undefined || taken.length < matches) continue;
      report(route, `spec.rules[${id.rule}]`, `gets no request at ${owner}: ${ruleText(first.by)} takes them`);
    }
  },
};
