import { expect, test } from 'vitest';
import { federationRule } from './federation.ts';

const github = 'https://token.actions.githubusercontent.com';
const messages = (value: unknown): string[] =>
  (federationRule.safeParse(value).error?.issues ?? []).map(({ message }) => message);

test.each<[string, object]>([
  ['GitHub', { repository_id: '123456789', ref: 'refs/heads/main' }],
  ['Kubernetes', { 'kubernetes.io.serviceaccount.uid': '8c34a4b1-6a5e-4b7b-9b0f-3a6a4d1c2b3e' }],
  ['Deno Deploy', { app_id: 'a-1' }],
  ['Vercel', { project_id: 'prj_1', owner_id: 'team_1' }],
  ['Entra', { oid: '8c34a4b1-6a5e-4b7b-9b0f-3a6a4d1c2b3e' }],
  ['a subject that is a number', { sub: '104892310283' }],
])('takes what %s says for ever', (_name, claims) => {
  expect(messages({ issuer: github, claims })).toEqual([]);
});

test.each<[string, object]>([
  ['a name of a repository', { repository: 'shop/cart' }],
  ['a subject made of names', { sub: 'repo:shop/cart:ref:refs/heads/main' }],
  ['a service account by name', { sub: 'system:serviceaccount:shop:cart' }],
  ['a branch', { ref: 'refs/heads/main', environment: 'production' }],
  ['nothing', {}],
])('refuses a rule that pins %s', (_name, claims) => {
  expect(messages({ issuer: github, claims })[0]).toContain('pins nothing that lasts');
});

test.each(['https://user@issuer.example', 'https://issuer.example/?x', 'issuer', 'https://'])(
  'refuses %s as an issuer',
  (issuer) => {
    expect(messages({ issuer, claims: { repository_id: '123456789' } })).not.toEqual([]);
  },
);
