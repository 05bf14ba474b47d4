import { expect, test } from 'vitest';
import { validate } from '../validate.ts';

/** What is said of a policy with one rule. */
const said = (rule: object): string[] =>
  validate({
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'a' },
    spec: { rules: [rule] },
  }).map(({ code, path, message }) => `${code} ${path.slice(-2).join('.')}: ${message}`);

test.each(['/a{*}', '/{*}/b*', '/{**}/{*}', '/{**}/{**}', '/a/{x}', 'a/{*}', '/{*}{**}', '/{**}x'])(
  '%s is no path template',
  (path) => {
    expect(said({ to: [{ operation: { paths: [path] } }] })).toEqual([
      expect.stringContaining('invalid-value paths.0: spec.rules[0].to[0].operation.paths[0] is no path template'),
    ]);
  },
);

test.each([
  ['a', 'is not known; known are request.headers[...], request.auth.claims[...], source.ip'],
  ['source.colour', 'is not known'],
  ['connection.sni', 'TLS ends at the Gateway'],
  ['destination.ip', 'judged before an endpoint is chosen'],
  ['request.headers[]', 'must name a header'],
  ['request.headers[a b]', 'must name a header'],
  ['request.headers[Host]', 'use operation.hosts'],
  ['request.headers[:path]', 'use operation.hosts, methods and paths'],
  ['request.headers[X-Forwarded-For]', 'taken off before policies are judged'],
  ['request.headers[mesh-deadline]', 'taken off'],
  ['request.headers[x-http-method-override]', 'taken off'],
  ['request.auth.claims', 'must name a claim'],
  ['request.auth.claims[]', 'must name a claim'],
])('the condition %s is refused with the reason', (key, reason) => {
  expect(said({ when: [{ key, values: ['x'] }] })).toEqual([expect.stringContaining(reason)]);
});

test.each(['AUDIT', 'CUSTOM'])('the action %s is refused with what to do instead', (action) => {
  const metadata = { name: 'a' };
  const policy = { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata, spec: { action } };
  expect(validate(policy)[0]).toMatchObject({ code: 'not-supported-yet', message: expect.stringContaining('ALLOW') });
});

test('shadow mode is a word of our own group', () => {
  const said = (apiVersion: string, mode: string) =>
    validate({ apiVersion, kind: 'AuthorizationPolicy', metadata: { name: 'a' }, spec: { mode } }).map(
      ({ code }) => code,
    );
  expect(said('gossamer.mesh/v1', 'shadow')).toEqual([]);
  expect(said('gossamer.mesh/v1', 'dry')).toEqual(['invalid-value']);
  expect(said('security.istio.io/v1', 'shadow')).toEqual(['not-supported-yet']);
});

test.each([
  ['a source', { from: [{ source: { via: ['mesh.local/ns/shop/sa/web'] } }] }],
  ['a strength', { from: [{ source: { notAuthn: ['bearer'] } }] }],
  ['a condition', { when: [{ key: 'source.via', values: ['*'] }] }],
  ['a condition on strength', { when: [{ key: 'source.authn', values: ['proof'] }] }],
])('earlier callers and strengths are words of our own group: %s', (_, rule) => {
  const codes = (apiVersion: string) =>
    validate({ apiVersion, kind: 'AuthorizationPolicy', metadata: { name: 'a' }, spec: { rules: [rule] } }).map(
      ({ code }) => code,
    );
  expect([codes('gossamer.mesh/v1'), codes('security.istio.io/v1')[0]]).toEqual([[], 'not-supported-yet']);
});

test('a strength is one of four words', () => {
  const rules = [
    { from: [{ source: { authn: ['strong'] } }] },
    { when: [{ key: 'source.authn', values: ['strong'] }] },
  ];
  const policy = {
    apiVersion: 'gossamer.mesh/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'a' },
    spec: { rules },
  };
  expect(validate(policy).map(({ code }) => code)).toEqual(['invalid-value', 'invalid-value']);
});
