import { HeaderList } from '../headers.ts';
import { callerAt } from '../routing/mesh.fake.ts';
import type { CallFacts } from './call-facts.ts';

/** GET http://orders.shop.mesh/pay/1 by shop/cart, from 192.0.2.7. */
export const callFactsAs = (over: Partial<CallFacts> = {}): CallFacts => ({
  principal: callerAt('shop/cart'),
  via: [],
  endUser: null,
  method: 'GET',
  path: '/pay/1',
  host: 'orders.shop.mesh',
  hostPort: 80,
  port: 8080,
  headers: new HeaderList(),
  remoteAddress: '192.0.2.7',
  clientAddress: over.remoteAddress ?? '192.0.2.7',
  ...over,
});
