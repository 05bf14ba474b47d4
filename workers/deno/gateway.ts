import { createGateway } from '../../gateway/index.ts';
import { loadGateway } from '../../router/index.ts';
import { serve } from './serve.ts';

await serve({ role: 'gateway', create: createGateway, gateways: loadGateway });
