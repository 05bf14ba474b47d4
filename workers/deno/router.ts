import { createRouter } from '../../router/index.ts';
import { serve } from './serve.ts';

await serve({ role: 'router', create: createRouter });
