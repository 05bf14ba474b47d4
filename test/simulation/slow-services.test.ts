import { judge } from './judged.ts';
import { hedging } from './scenarios/hedging.ts';
import { lastingOverload } from './scenarios/lasting-overload.ts';
import { overload } from './scenarios/overload.ts';
import { refusingEndpoint } from './scenarios/refusing-endpoint.ts';
import { slowEndpoint } from './scenarios/slow-endpoint.ts';
import { twiceTheLoad } from './scenarios/twice-the-load.ts';
import { twoLayers } from './scenarios/two-layers.ts';

judge(overload, twiceTheLoad, lastingOverload, twoLayers, slowEndpoint, hedging, refusingEndpoint);
