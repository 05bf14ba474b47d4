import { judge } from './judged.ts';
import { badCanary } from './scenarios/bad-canary.ts';
import { allFailOften, eightFailNowAndThen, threeOfTenFail } from './scenarios/failing-endpoints.ts';
import { flappingEndpoint } from './scenarios/flapping-endpoint.ts';
import { regionLoss } from './scenarios/region-loss.ts';
import { stoppedUpstream } from './scenarios/stopped-upstream.ts';

judge(threeOfTenFail, eightFailNowAndThen, allFailOften, stoppedUpstream, flappingEndpoint, badCanary, regionLoss);
