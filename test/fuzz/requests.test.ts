import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refusal } from '../../router/exchange.ts';
import { HeaderList } from '../../router/headers.ts';
import { canonicalTarget } from '../../router/routing/canonical-target.ts';
import { screenHeaders } from '../../router/screening/screen-headers.ts';
import { fuzz, mutated, TIMEOUT } from './budget.ts';

const PLAIN = ['accept', 'cookie', 'x-tenant', 'content-type', 'te', 'x_odd', 'grpc-timeout'];
const RESERVED = [
  'mesh-call',
  'mesh-parent-call',
  'x-mesh-a',
  'x-forwarded-for',
  'client-cert',
  'forwarded',
  'x-real-ip',
  'workload-identity-token',
  'workload-proof-token',
];
const OTHERS = [
  'host',
  'authorization',
  'connection',
  'content-length',
  'transfer-encoding',
  'mesh-authority',
  'x_forwarded_for',
  'mesh.call',
  'x-http-method-override',
  'upgrade',
];
const unit = fc.constantFrom(...'abz09-_.,; \t\r\n\u0000é"=:');
const name = fc
  .oneof(fc.constantFrom(...PLAIN, ...RESERVED, ...OTHERS), mutated([...RESERVED, ...OTHERS], unit))
  .map((text) => text.toLowerCase());
const value = fc.oneof(
  fc.constantFrom(
    'close',
    'chunked',
    'keep-alive, x-tenant',
    'mesh-call',
    'Mesh-Call, x',
    '5',
    '+5',
    'Bearer a',
    'Bearer a, Bearer b',
    'trailers',
    '',
  ),
  fc.string({ unit, maxLength: 24 }),
);

test(
  'what screening lets through holds nothing reserved, nothing split, and stays as it is when screened again',
  async () => {
    await fuzz(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 12 }), (pairs) => {
        const result = screenHeaders(HeaderList.from(pairs));
        if (result instanceof Refusal) {
          expect(['request_invalid', 'request_too_large']).toContain(result.reason);
          return;
        }
        const out = [...result.headers];
        for (const [field, text] of out) {
          expect(field.replace(/[_.]/g, '-')).not.toMatch(
            /^(?:x-)?mesh-|^x-forwarded-|^x-original-|^client-cert|^workload-(?:identity|proof)-token$|^forwarded$|^connection$|^x-http-method(?:-override)?$/,
          );
          expect(text).not.toMatch(/[\r\n\0]/);
        }
        const listed = pairs
          .filter(([field]) => field === 'connection')
          .flatMap(([, text]) =>
            text
              .toLowerCase()
              .split(',')
              .map((token) => token.trim()),
          );
        expect(out.filter(([field]) => listed.includes(field) && field !== 'te')).toEqual([]);
        const again = screenHeaders(HeaderList.from(out));
        expect(again instanceof Refusal ? again.detail : [...again.headers]).toEqual(out);
      }),
    );
  },
  TIMEOUT,
);

const SEGMENTS = [
  '..',
  '.',
  '%2e%2e',
  '%252e',
  '%2f',
  '%5c',
  ';v=1',
  '%00',
  '%c0%ae',
  'é',
  '%61',
  '%C3%A9',
  'a',
  '//',
  '\\',
  '#',
  '?',
  '%',
  '[x]',
  '@',
  '*',
];
const target = fc.oneof(
  fc.array(fc.constantFrom(...SEGMENTS, '/'), { maxLength: 10 }).map((parts) => `/${parts.join('')}`),
  mutated(['/orders/1?x=1', '/a/b/../c', '/%61%2e%2e/x'], fc.constantFrom(...'/.%25fFcC;?#\\ a\u0000é')),
);

test(
  'a path that is let through has one spelling, no dots to climb by, and reads alike for a URL parser',
  async () => {
    await fuzz(
      fc.property(target, (text) => {
        const result = canonicalTarget(text);
        if ('invalid' in result) return;
        const { path, query } = result;
        expect(canonicalTarget(query === undefined ? path : `${path}?${query}`)).toEqual(result);
        expect(path).not.toMatch(/\/\.{1,2}(?:\/|$)|\/\/|%(?:2[Ff]|5[Cc]|00)|[\\;#?]/);
        expect(new URL(`http://upstream.test${path}`).pathname).toBe(path);
        expect(decodeURIComponent(path)).not.toMatch(/\/\.\.(?:\/|$)/);
      }),
    );
  },
  TIMEOUT,
);
