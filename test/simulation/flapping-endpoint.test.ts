import { judge } from './judged.ts';
import { eightFailNowAndThen } from './scenarios/failing-endpoints.ts';
import { flappingEndpoint } from './scenarios/flapping-endpoint.ts';

judge(flappingEndpoint, eightFailNowAndThen);
