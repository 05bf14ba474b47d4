import { Pipeline } from './exchange.ts';
import type { Arrival } from './facts.ts';
import { admit } from './stages/admit.ts';
import { answerPreflight } from './stages/answer-preflight.ts';
import { authenticate } from './stages/authenticate.ts';
import { authenticateUser } from './stages/authenticate-user.ts';
import { authorize } from './stages/authorize.ts';
import { filterRequest } from './stages/filter-request.ts';
import { filterResponse } from './stages/filter-response.ts';
import { forward } from './stages/forward.ts';
import { injectFault } from './stages/inject-fault.ts';
import { limitRate } from './stages/limit-rate.ts';
import { matchRoute } from './stages/match-route.ts';
import { mirror } from './stages/mirror.ts';
import { resolveService } from './stages/resolve-service.ts';
import { screen } from './stages/screen.ts';
import { joinTrace } from './stages/trace.ts';

/** All that happens to a call between services, in this order. */
export const meshPipeline = Pipeline.start<Arrival>()
  .stage('screen', screen) // canonical URL, reserved and hop-by-hop headers, loop check
  .stage('trace', joinTrace)
  .stage('resolve-service', resolveService)
  .stage('authenticate', authenticate) // -> principal
  .stage('match-route', matchRoute) // -> rule and backend
  .stage('answer-preflight', answerPreflight) // CORS; browsers send no credentials with it
  .stage('authenticate-user', authenticateUser) // -> end user
  .stage('authorize', authorize) // -> permit
  .stage('limit-rate', limitRate) // of service, rule and backend
  .stage('inject-fault', injectFault) // delays and answers on purpose
  .stage('filter-request', filterRequest) // headers, rewrite, redirect; Mesh-Call
  .stage('mirror', mirror) // copies, sent when the answer's head is there
  .stage('admit', admit) // room at the service
  .stage('forward', forward) // needs the permit -> response
  .stage('filter-response', filterResponse); // headers, CORS, session
