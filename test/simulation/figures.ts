import type { Figure, Scenario } from './scenario.ts';
import { badCanary } from './scenarios/bad-canary.ts';
import { clockSkew } from './scenarios/clock-skew.ts';
import { allFailOften, eightFailNowAndThen, threeOfTenFail } from './scenarios/failing-endpoints.ts';
import { flappingEndpoint } from './scenarios/flapping-endpoint.ts';
import { overload } from './scenarios/overload.ts';
import { partitionedRouters } from './scenarios/partitioned-routers.ts';
import { refusingEndpoint } from './scenarios/refusing-endpoint.ts';
import { regionLoss } from './scenarios/region-loss.ts';
import { slowEndpoint } from './scenarios/slow-endpoint.ts';
import { stoppedUpstream } from './scenarios/stopped-upstream.ts';

/** In the order of the table in docs/resilience.md. */
export const SCENARIOS: readonly Scenario[] = [
  threeOfTenFail,
  eightFailNowAndThen,
  allFailOften,
  stoppedUpstream,
  overload,
  slowEndpoint,
  flappingEndpoint,
  refusingEndpoint,
  badCanary,
  regionLoss,
  partitionedRouters,
  clockSkew,
];

const HEAD = ['| what goes wrong | figure | limit | |', '|---|---|---|---|'];

/** The table in docs/resilience.md. */
export const tableOf = (
  results: readonly { readonly scenario: Scenario; readonly figures: readonly Figure[] }[],
): string[] => [
  ...HEAD,
  ...results.flatMap(({ scenario, figures }) => figures.map((figure) => rowOf(scenario, figure))),
];

export function rowOf({ name }: Pick<Scenario, 'name'>, figure: Figure): string {
  const { what, value, unit, atMost, atLeast } = figure;
  const tell = (number: number): string => (unit === 'times' ? `${number} times` : `${number} ${unit}`);
  const limit = atMost !== undefined ? `≤ ${tell(atMost)}` : atLeast !== undefined ? `≥ ${tell(atLeast)}` : '';
  return `| ${name} | ${what} | ${limit} | ${tell(rounded(value))} |`;
}

/** Two digits say all that one seed can. */
const rounded = (value: number): number => Number(value >= 100 ? value.toFixed(0) : value.toPrecision(2));
