import { judge } from './judged.ts';
import { hedging } from './scenarios/hedging.ts';
import { overload } from './scenarios/overload.ts';
import { refusingEndpoint } from './scenarios/refusing-endpoint.ts';
import { slowEndpoint } from './scenarios/slow-endpoint.ts';
import { twiceTheLoad } from './scenarios/twice-the-load.ts';
import { twoLayers } from './scenarios/two-layers.ts';

judge(overload, twiceTheLoad, twoLayers, slowEndpoint, hedging, refusingEndpoint);
