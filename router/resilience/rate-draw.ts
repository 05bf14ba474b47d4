import type { RateLimit } from '../../snapshot/route.ts';
import type { FullAt } from './token-bucket.ts';

/** The count of one of those whom a limit counts. */
export interface Bucket {
  readonly who: string;
  /** Of the monotonic clock. */
  fullAt: FullAt;
  /** Its name in the counter store, once it was asked for. */
  key?: string;
}

/** The counts of one limit. */
export interface Count {
  /** Where the limit was written, and its name: `shop/orders/each-caller`. */
  readonly name: string;
  /** Its name and item of the RateLimit headers. */
  readonly quoted: string;
  readonly policy: string;
  readonly buckets: Map<string, Bucket>;
  /** Of all who have none of their own. */
  readonly rest: Bucket;
}

/** One request's draw from one bucket. */
export interface Draw {
  readonly limit: RateLimit;
  readonly count: Count;
  readonly bucket: Bucket;
}
