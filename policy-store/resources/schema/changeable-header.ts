import { headerName } from './text.ts';

const FRAMING = ['host', 'content-length'];
const HOP_BY_HOP = [
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'http2-settings'],
];
const IDENTITY = ['workload-identity-token', 'workload-proof-token'];

/** Why no filter may touch a header; undefined when one may. Routers leave such headers alone whatever a filter says. */
function reservedBecause(name: string): string | undefined {
  if (name === 'host') return 'is set with hostname of a URLRewrite filter';
  if (FRAMING.includes(name)) return 'follows from the body';
  if (HOP_BY_HOP.includes(name)) return 'belongs to one connection, not to the request';
  if (IDENTITY.includes(name)) return 'is the proof of who calls';
  if (/^(?:x-)?mesh-/.test(name)) return "is the mesh's own";
  return undefined;
}

/** Names that mean something to servers behind the mesh. With `_` or `.` for `-` many servers read them as the same. */
const TRUSTED_BY_SERVERS =
  /^(?:authorization|forwarded|x-forwarded-.*|x-original-.*|x-real-ip|true-client-ip|x-rewrite-url|client-cert.*|x-(?:http-)?method(?:-override)?)$/;

function problemOf(name: string): string | undefined {
  const because = reservedBecause(name);
  if (because !== undefined) return `names a header that filters can not change: it ${because}`;
  const read = name.replace(/[_.]/g, '-');
  if (read === name || FRAMING.includes(read) || HOP_BY_HOP.includes(read)) return undefined;
  const known = reservedBecause(read) !== undefined || TRUSTED_BY_SERVERS.test(read);
  return known ? `is read as ${read} by many servers: routers refuse that spelling` : undefined;
}

/** Name of a header that carries what is known of an end user: one that means nothing else to anybody. */
export const userHeader = headerName.check((ctx) => {
  const name = ctx.value.toLowerCase();
  const taken = TRUSTED_BY_SERVERS.test(name) || name === 'cookie' || name.startsWith('access-control-');
  const message =
    problemOf(name) ?? (taken ? 'names a header that means something else: choose a name like x-user' : undefined);
  if (message === undefined) return;
  ctx.issues.push({ code: 'custom', message, input: ctx.value, params: { code: 'reserved-header' } });
});

/** Name of a header that a filter may set, add or remove. */
export const changeableHeader = headerName.check((ctx) => {
  const message = problemOf(ctx.value.toLowerCase());
  if (message === undefined) return;
  ctx.issues.push({ code: 'custom', message, input: ctx.value, params: { code: 'reserved-header' } });
});
