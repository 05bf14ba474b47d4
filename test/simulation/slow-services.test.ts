import { judge } from './judged.ts';
import { overload } from './scenarios/overload.ts';
import { refusingEndpoint } from './scenarios/refusing-endpoint.ts';
import { slowEndpoint } from './scenarios/slow-endpoint.ts';

judge(overload, slowEndpoint, refusingEndpoint);
