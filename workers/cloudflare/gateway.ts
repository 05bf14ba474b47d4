import { createGateway } from '../../gateway/index.ts';
import { loadGateway } from '../../router/index.ts';
import { gatewaySocket } from '../fetch/gateway-socket.ts';
import { serve } from './serve.ts';

export default serve({ role: 'gateway', create: createGateway, gateways: loadGateway }, gatewaySocket);
