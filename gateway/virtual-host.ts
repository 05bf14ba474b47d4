import type { CompiledTable } from '../router/routing/compile.ts';

/** By `match-listener`: the routes of the hostname that the request is for. */
export interface AtVirtualHost {
  readonly table: CompiledTable;
}
