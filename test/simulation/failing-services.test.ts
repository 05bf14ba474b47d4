import { judge } from './judged.ts';
import { badCanary } from './scenarios/bad-canary.ts';
import { allFailOften, eightFailNowAndThen, threeOfTenFail } from './scenarios/failing-endpoints.ts';
import { flappingEndpoint } from './scenarios/flapping-endpoint.ts';
import { largeMesh } from './scenarios/large-mesh.ts';

judge(threeOfTenFail, eightFailNowAndThen, allFailOften, largeMesh, flappingEndpoint, badCanary);
