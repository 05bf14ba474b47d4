import { judge } from './judged.ts';
import { refusedConnections } from './scenarios/refused-connections.ts';
import { regionLoss } from './scenarios/region-loss.ts';
import { stoppedEndpoints } from './scenarios/stopped-endpoints.ts';
import { stoppedUpstream } from './scenarios/stopped-upstream.ts';

judge(stoppedEndpoints, stoppedUpstream, refusedConnections, regionLoss);
