import { createRouter } from '../../router/index.ts';
import { routerSocket } from '../fetch/gateway-socket.ts';
import { serve } from './serve.ts';

export { Counters } from './counters.ts';
export default serve({ role: 'router', create: createRouter }, routerSocket);
