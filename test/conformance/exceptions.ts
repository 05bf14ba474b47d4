import type { ConformanceCase } from './case-format.ts';

export type RuntimeName = 'node' | 'deno' | 'bun' | 'workerd';

/** In what form a runtime passes on what the cases speak of. */
export interface RuntimeFacts {
  /** Where a backend reads what a request was addressed to. */
  readonly authorityField: 'host' | 'x-forwarded-host';
  /** Fields of one name become one, with a comma and a space between values, which says the same (RFC 9110 5.3). */
  readonly combinesFields: boolean;
}

/** workerd takes Host from the URL that it fetches: there X-Forwarded-Host says what the cases want of Host. */
export const factsOf = (runtime: RuntimeName): RuntimeFacts => ({
  authorityField: runtime === 'workerd' ? 'x-forwarded-host' : 'host',
  combinesFields: runtime !== 'node',
});

/** What no runtime serves. */
const EVERYWHERE: readonly Exception[] = [
  {
    covers: ({ request }) => request.to.kind === 'Pod',
    reason: 'dials the address of a pod, and a mesh of URLs has none',
  },
];

/** What only Node serves: its sockets are ours, where those of a fetch runtime are the platform's. */
const BUT_ON_NODE: readonly Exception[] = [
  { covers: ({ request }) => request.grpc !== undefined, reason: 'gRPC ends in trailers, which fetch does not have' },
  {
    covers: ({ request }) => request.tls !== undefined,
    reason: 'the platform ends TLS, with certificates that are not those of the Gateway',
  },
  {
    covers: ({ request }) => request.protocol.startsWith('HTTP/2'),
    reason: 'the platform decides which version of HTTP its socket speaks',
  },
];

const SENDS_AGAIN: Exception = {
  covers: ({ id }) => id === 'HTTPRouteRetryConnectionError/01',
  reason:
    'its fetch sends a GET once more by itself when a connection is reset, so that one try more reaches the backend',
};

const ON: Readonly<Record<RuntimeName, readonly Exception[]>> = {
  node: EVERYWHERE,
  deno: [...EVERYWHERE, ...BUT_ON_NODE, SENDS_AGAIN],
  bun: [...EVERYWHERE, ...BUT_ON_NODE, SENDS_AGAIN],
  workerd: [...EVERYWHERE, ...BUT_ON_NODE],
};

interface Exception {
  readonly covers: (wanted: ConformanceCase) => boolean;
  readonly reason: string;
}

/** Why a case is not run on a runtime; undefined: it is. None stands here for convenience. */
export function exceptionFor(wanted: ConformanceCase, runtime: RuntimeName): string | undefined {
  return ON[runtime].find(({ covers }) => covers(wanted))?.reason;
}
