import { lookup as resolveName } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import type { OutsideFetch, OutsideRules } from '../../policy-store/issuer-keys/issuer-source.ts';
import { outsideProblem } from './outside-address.ts';

const MAX_BYTES = 64 * 1024;
/** For all of one fetch: resolving, connecting, answering. Milliseconds. */
const TIME = 5_000;
const NOTHING_ALLOWED: OutsideRules = { dev: false, allowed: [] };

/** Resolves names to addresses; a test gives its own. */
export type Resolve = typeof resolveName;

/**
 * A fetch for documents that others publish, named by whoever may write policy: it must not become a way into the
 * network that the store stands in. The name is resolved here, every address that it has is judged, and exactly these
 * are connected to, so a name can not change its mind in between.
 */
export function outsideFetch(resolve: Resolve = resolveName): OutsideFetch {
  return async (text, rules = NOTHING_ALLOWED) => {
    const url = checkedUrl(text, rules);
    const plain = url.protocol === 'http:';
    const agent = new Agent({
      connect: { lookup: guardedLookup(resolve, rules, plain), timeout: TIME },
      maxHeaderSize: 16 * 1024,
      pipelining: 0,
    });
    try {
      return await get(url, agent, AbortSignal.timeout(TIME));
    } catch (error) {
      throw new Error(messageOf(error));
    } finally {
      agent.destroy().catch(() => undefined);
    }
  };
}

function checkedUrl(text: string, rules: OutsideRules): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || text.length > 2048 || !/^https?:$/.test(url.protocol))
    throw new Error('its URL is not valid');
  if (url.username !== '' || url.password !== '') throw new Error('its URL names a user');
  // Without ranges that are allowed nothing may be reached in the clear: keys that anybody on the way could exchange.
  if (url.protocol === 'http:' && !rules.dev && rules.allowed.length === 0) throw new Error('its URL is not https');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Addresses are connected to without asking the resolver, so they are judged here; names are judged again there.
  const problem = outsideProblem(host, rules, url.protocol === 'http:');
  if (problem !== undefined) throw new Error(`its host ${problem}`);
  return url;
}

function guardedLookup(resolve: Resolve, rules: OutsideRules, plain: boolean): LookupFunction {
  return (host, options, answer) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return answer(error, []);
      const problem = addresses
        .map(({ address }) => outsideProblem(address, rules, plain, 'address'))
        .find((found) => found !== undefined);
      const [first] = addresses;
      if (problem !== undefined || first === undefined) {
        return answer(new Error(`its host has an address that ${problem ?? 'is not known'}`), []);
      }
      return options.all ? answer(null, addresses) : answer(null, first.address, first.family);
    });
  };
}

async function get(url: URL, dispatcher: Agent, signal: AbortSignal): Promise<{ status: number; body: string }> {
  const headers = { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'gossamer' };
  const response = await request(url, { dispatcher, signal, headers, headersTimeout: TIME, bodyTimeout: TIME });
  const { statusCode: status, body } = response;
  if (status !== 200) return { status, body: '' };
  const type = String(response.headers['content-type'] ?? '');
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) throw new Error('its answer is not JSON');
  if (response.headers['content-encoding'] !== undefined) throw new Error('its answer is compressed');
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BYTES) throw new Error(`its answer is longer than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return { status, body: Buffer.concat(parts).toString('utf8') };
}

/** One line, without the address that a name led to. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it can not be reached';
  if (error.name === 'TimeoutError') return `it did not answer within ${TIME / 1000} s`;
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error.message : `it can not be reached (${code})`;
}
