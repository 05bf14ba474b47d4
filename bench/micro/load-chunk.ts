import { loadService } from '../../router/snapshot/loaded-service.ts';
import type { ServiceChunk } from '../../snapshot/chunk.ts';
import { canonicalJson } from '../../snapshot/content.ts';
import { routedService } from '../pipeline.ts';
import type { Row } from '../rows.ts';
import { allTimed, type Effort } from './timed.ts';

/** What a router does with the text of a chunk once it has its hash: parse and compile. */
export function measureLoadChunk(effort: Effort): Promise<Row[]> {
  const text = canonicalJson(routedService('orders'));
  const kilobytes = (text.length / 1000).toFixed(1);
  return allTimed(
    [
      {
        name: `load the chunk of a service with 10 routes (${kilobytes} kB)`,
        unit: 'us',
        run: () => loadService(JSON.parse(text) as ServiceChunk),
      },
    ],
    effort,
  );
}
