import { Pipeline } from '../router/exchange.ts';
import type { Arrival } from '../router/facts.ts';
import { admit } from '../router/stages/admit.ts';
import { answerPreflight } from '../router/stages/answer-preflight.ts';
import { authenticateUser } from '../router/stages/authenticate-user.ts';
import { authorize } from '../router/stages/authorize.ts';
import { filterResponse } from '../router/stages/filter-response.ts';
import { forward } from '../router/stages/forward.ts';
import { injectFault } from '../router/stages/inject-fault.ts';
import { limitRate } from '../router/stages/limit-rate.ts';
import { mirror } from '../router/stages/mirror.ts';
import { screen } from '../router/stages/screen.ts';
import { joinTrace } from '../router/stages/trace.ts';
import { filterRequest } from './stages/filter-request.ts';
import { matchGatewayRoute } from './stages/match-gateway-route.ts';
import { matchListener } from './stages/match-listener.ts';

/** All that happens to a request from outside, in this order: one process, no second hop. */
export const gatewayPipeline = Pipeline.start<Arrival>()
  .stage('screen', screen)
  .stage('trace', joinTrace)
  .stage('match-listener', matchListener) // -> routes of the hostname; the gateway's identity as principal
  .stage('match-gateway-route', matchGatewayRoute) // -> rule and backend
  .stage('answer-preflight', answerPreflight) // CORS; browsers send no credentials with it
  .stage('authenticate-user', authenticateUser) // -> end user
  .stage('authorize', authorize) // the Gateway's own policies, then the backend's -> permit
  .stage('limit-rate', limitRate) // of service, rule and backend
  .stage('inject-fault', injectFault) // delays and answers on purpose
  .stage('filter-request', filterRequest)
  .stage('mirror', mirror) // copies, sent when the answer's head is there
  .stage('admit', admit) // room at the service
  .stage('forward', forward) // needs the permit -> response
  .stage('filter-response', filterResponse);
