import { createGateway } from '../../gateway/index.ts';
import { serve } from './serve.ts';

export default serve({ role: 'gateway', create: createGateway });
