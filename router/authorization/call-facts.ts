import type { HeaderList } from '../headers.ts';
import type { EndUser } from '../identity/end-user.ts';
import type { Principal } from '../identity/principal.ts';

/** What a policy may look at. */
export interface CallFacts {
  /** Null: no identity was established. */
  readonly principal: Principal | null;
  /** Names of the earlier callers of the chain, oldest first, as far as they are known: a caller can leave them out. */
  readonly via: readonly string[];
  /** Null: no token of an end user came along. */
  readonly endUser: EndUser | null;
  readonly method: string;
  /** Canonical. */
  readonly path: string;
  /** Lower case, without port. */
  readonly host: string;
  /** The port of the authority; 80 when absent. */
  readonly hostPort: number;
  /** Where the call goes: the service's targetPort where it has one, else its port. At a Gateway the listener's. */
  readonly port: number;
  /** As called, without what only the mesh or a proxy may say. */
  readonly headers: HeaderList;
  /** Of the connection's peer; empty when unknown. */
  readonly remoteAddress: string;
  /** Of the client behind proxies that are trusted; without any, the same. */
  readonly clientAddress: string;
}
