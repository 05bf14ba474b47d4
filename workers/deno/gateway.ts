import { createGateway } from '../../gateway/index.ts';
import { serve } from './serve.ts';

await serve({ role: 'gateway', create: createGateway });
