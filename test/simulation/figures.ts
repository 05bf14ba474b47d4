import type { Figure, Scenario } from './scenario.ts';
import { badCanary } from './scenarios/bad-canary.ts';
import { clockSkew } from './scenarios/clock-skew.ts';
import { allFailOften, eightFailNowAndThen, threeOfTenFail } from './scenarios/failing-endpoints.ts';
import { flappingEndpoint } from './scenarios/flapping-endpoint.ts';
import { hedging } from './scenarios/hedging.ts';
import { largeMesh } from './scenarios/large-mesh.ts';
import { lastingOverload } from './scenarios/lasting-overload.ts';
import { overload } from './scenarios/overload.ts';
import { partitionedRouters } from './scenarios/partitioned-routers.ts';
import { refusedConnections } from './scenarios/refused-connections.ts';
import { refusingEndpoint } from './scenarios/refusing-endpoint.ts';
import { regionLoss } from './scenarios/region-loss.ts';
import { slowEndpoint } from './scenarios/slow-endpoint.ts';
import { stoppedEndpoints } from './scenarios/stopped-endpoints.ts';
import { stoppedUpstream } from './scenarios/stopped-upstream.ts';
import { twiceTheLoad } from './scenarios/twice-the-load.ts';
import { twoLayers } from './scenarios/two-layers.ts';

/** In the order of the table in docs/resilience.md. */
export const SCENARIOS: readonly Scenario[] = [
  threeOfTenFail,
  eightFailNowAndThen,
  allFailOften,
  largeMesh,
  stoppedEndpoints,
  stoppedUpstream,
  refusedConnections,
  overload,
  twiceTheLoad,
  lastingOverload,
  twoLayers,
  slowEndpoint,
  hedging,
  flappingEndpoint,
  refusingEndpoint,
  badCanary,
  regionLoss,
  partitionedRouters,
  clockSkew,
];

const HEAD = ['| what goes wrong | figure | limit | comes to |', '|---|---|---|---|'];

/** The table in docs/resilience.md. */
export const tableOf = (
  results: readonly { readonly scenario: Scenario; readonly figures: readonly Figure[] }[],
): string[] => [
  ...HEAD,
  ...results.flatMap(({ scenario, figures }) => figures.map((figure) => rowOf(scenario, figure))),
];

export const rowOf = (scenario: Pick<Scenario, 'name'>, figure: Figure): string =>
  `${beginningOf(scenario, figure)}${tell(rounded(figure.value), figure)} |`;

const tell = (value: number, { unit }: Figure): string => `${value} ${unit}`;

/** All but the figure itself. */
function beginningOf({ name }: Pick<Scenario, 'name'>, figure: Figure): string {
  const { what, atMost, atLeast } = figure;
  const limit =
    atMost !== undefined ? `≤ ${tell(atMost, figure)}` : atLeast !== undefined ? `≥ ${tell(atLeast, figure)}` : '';
  return `| ${name} | ${what} | ${limit} | `;
}

/** The figure of that row in the table; undefined: the page has no such row. */
export function documentedIn(page: string, scenario: Pick<Scenario, 'name'>, figure: Figure): number | undefined {
  const start = beginningOf(scenario, figure);
  const row = page.split('\n').find((line) => line.startsWith(start));
  return row === undefined ? undefined : Number.parseFloat(row.slice(start.length));
}

/** Two digits say all that one seed can. */
const rounded = (value: number): number => Number(value >= 100 ? value.toFixed(0) : value.toPrecision(2));
