import { judge } from './judged.ts';
import { clockSkew } from './scenarios/clock-skew.ts';
import { partitionedRouters } from './scenarios/partitioned-routers.ts';

judge(partitionedRouters, clockSkew);
