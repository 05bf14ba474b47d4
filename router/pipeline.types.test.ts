import { expect, test } from 'vitest';
import { Pipeline } from './exchange.ts';
import type { Arrival } from './facts.ts';
import { meshPipeline } from './pipeline.ts';
import { authenticate } from './stages/authenticate.ts';
import { authenticateUser } from './stages/authenticate-user.ts';
import { authorize } from './stages/authorize.ts';
import { filterRequest } from './stages/filter-request.ts';
import { forward } from './stages/forward.ts';
import { matchRoute } from './stages/match-route.ts';
import { resolveService } from './stages/resolve-service.ts';
import { screen } from './stages/screen.ts';
import { joinTrace } from './stages/trace.ts';

/** Lists in a wrong order: tsc proves that they do not compile, nobody runs them. */

const addressed = Pipeline.start<Arrival>()
  .stage('screen', screen)
  .stage('trace', joinTrace)
  .stage('resolve-service', resolveService);
const authenticated = addressed.stage('authenticate', authenticate).stage('match-route', matchRoute);

/** @ts-expect-error authorize asks for the principal that only authenticate finds */
addressed.stage('authorize', authorize);

/** @ts-expect-error and for the end user that only authenticate-user finds */
authenticated.stage('authorize', authorize);

/** @ts-expect-error nothing is forwarded without the permit that only authorize makes */
authenticated.stage('filter-request', filterRequest);

const unpermitted = authenticated.stage('outbound', () => ({
  outbound: { authority: '', target: '/', headers: null as never },
}));
/** @ts-expect-error nor by a list that leaves both out */
unpermitted.stage('forward', forward);

/** @ts-expect-error an object that looks like a permit is none */
unpermitted.stage('forge', () => ({ permit: { decidedBy: 'me' } })).stage('forward', forward);

/** And the order as it is does compile. */
authenticated
  .stage('authenticate-user', authenticateUser)
  .stage('authorize', authorize)
  .stage('filter-request', filterRequest)
  .stage('forward', forward);

test('the list of the mesh, in run order', () => {
  expect(meshPipeline.names.join(' ')).toBe(
    'screen trace resolve-service authenticate match-route answer-preflight authenticate-user authorize limit-rate inject-fault filter-request mirror admit forward filter-response',
  );
});
