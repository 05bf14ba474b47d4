import { FakePublisher } from '../../router/snapshot/published.fake.ts';
import { serviceChunkAt } from '../../snapshot/service-chunk.fake.ts';
import { startRouter } from '../pipeline.ts';
import type { Row } from '../rows.ts';
import { allTimed, type Effort } from './timed.ts';

const ENDPOINTS = [1, 10, 100];

/** What a request costs from its head to its answer without an identity, by the number of endpoints to choose from. */
export async function measureForward(effort: Effort): Promise<Row[]> {
  const publisher = await FakePublisher.create();
  await publisher.publish({
    services: ENDPOINTS.map((count) =>
      serviceChunkAt(`shop/of${count}`, {
        peerAuthentication: 'PERMISSIVE',
        policies: [{ namespace: 'shop', name: 'all', action: 'ALLOW', rules: [{}] }],
        endpoints: Array.from({ length: count }, (_, n) => ({ id: `e${n}`, url: `http://e${n}.test`, weight: 1 })),
      }),
    ),
  });
  const { ask } = await startRouter(publisher);
  return allTimed(
    ENDPOINTS.map((count) => ({
      name: `request without identity, ${count} endpoint${count === 1 ? '' : 's'}`,
      unit: 'us',
      run: () => ask({ authority: `of${count}.shop.mesh`, target: '/a?b', credentials: [] }),
    })),
    effort,
  );
}
