/** The attacks on HTTP, in our own words. A row has cases in this folder, or says where it is tried, or what is missing. */
export const ROWS: Readonly<
  Record<string, { readonly what: string; readonly tried?: string; readonly open?: string }>
> = {
  '4.1': { what: 'a client says what only the mesh may say' },
  '4.2': { what: 'names and values that split, hide or imitate a header' },
  '4.3': { what: 'a header that must be single comes twice' },
  '4.4': { what: 'Connection names a header of the mesh' },
  '4.5': { what: 'two readers see the end of a request at two places' },
  '4.6': { what: 'trailers claim what headers may not' },
  '4.7': { what: 'bytes behind an upgrade or CONNECT' },
  '4.8': { what: 'paths that two servers read differently' },
  '4.9': { what: 'authorities that two servers read differently' },
  '4.10': { what: 'the target names another authority than Host' },
  '4.11': { what: 'another method than the one that was judged' },
  '4.12': { what: 'methods that nothing behind a mesh answers' },
  '4.13': {
    what: 'endpoints that lead inside the network',
    tried: 'policy-store/compiler/services/endpoint-address.test.ts',
  },
  '4.14': { what: "an upstream's redirect", tried: 'test/attacks/http/attacks.test.ts' },
  '4.15': { what: "one caller's answer for another", open: 'interleaved callers and aborted bodies' },
  '4.16': {
    what: 'nothing to decide by',
    tried: 'test/blackbox/cases/outage.ts',
    open: 'stale, rolled back and badly signed manifests on real processes; as units in router/snapshot/follower.test.ts',
  },
  '4.17': { what: 'two identities under one key of a cache', open: 'identities with separators, black-box' },
  '4.18': { what: 'a dot that stands for any character' },
  '4.19': { what: 'more or slower than anybody has to take', open: 'slow heads and bodies (408)' },
  '4.20': { what: 'log lines of a caller' },
  '4.21': { what: 'line breaks in a claim', open: 'claims to headers, black-box' },
  '4.22': { what: 'internal headers on an answer', tried: 'test/attacks/http/attacks.test.ts' },
  '4.23': { what: 'a stream that outlives its identity', open: 'revoked streams, black-box' },
  '4.24': { what: 'a refusal that tells of policy', tried: 'test/attacks/http/attacks.test.ts' },
  '4.25': { what: 'fuzz', tried: 'router/identity/token-attacks.test.ts' },
};
