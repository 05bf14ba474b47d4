import { expect, test } from 'vitest';
import { FakePublisher } from '../snapshot/published.fake.ts';
import { SnapshotRejected } from '../snapshot/snapshot-rejected.ts';
import { verifyManifest } from './manifest.ts';
import { forge, forgePair } from './token-forge.fake.ts';

const publisher = await FakePublisher.create();
const other = await forgePair();

test('believes what a pinned key signed', async () => {
  const manifest = await verifyManifest(await publisher.publish(), publisher.manifestKeys);
  expect(manifest.generation).toBe(publisher.generation);
});

test.each([
  ['another key under a pinned kid', () => publisher.publish({}, other.privateKey), publisher.manifestKeys],
  ['a kid that is not pinned', () => publisher.publish(), [{ ...other.jwk, kid: 'x' } as JsonWebKey]],
  ['no pinned key at all', () => publisher.publish(), []],
  ['another typ', () => forge({ typ: 'wit+jwt', alg: 'ES256', kid: 'manifest-1' }, {}, other.privateKey), []],
  ['no JWS', async () => 'hello', publisher.manifestKeys],
])('refuses %s', async (_name, make, keys) => {
  await expect(verifyManifest(await make(), keys)).rejects.toThrow(SnapshotRejected);
});

test('refuses a payload that was changed', async () => {
  const [header, , signature] = (await publisher.publish()).split('.');
  const [, payload] = (await publisher.publish()).split('.');
  await expect(verifyManifest(`${header}.${payload}.${signature}`, publisher.manifestKeys)).rejects.toThrow(
    'signature',
  );
});

test.each([
  ['format of another time', { format: 2 }, 'update the router'],
  ['negative generation', { generation: -1 }, 'lacks a part'],
  ['trust bundle that is no hash', { trustBundle: '../../x' }, 'lacks a part'],
  ['index of the wrong size', { index: { bits: 3, buckets: [] } }, 'lacks a part'],
  ['absurd index', { index: { bits: 30, buckets: [] } }, 'lacks a part'],
  ['missing revocations', { revocations: undefined }, 'lacks a part'],
])('refuses a %s', async (_name, manifest, why) => {
  const jws = await publisher.publish({ manifest: manifest as object });
  await expect(verifyManifest(jws, publisher.manifestKeys)).rejects.toThrow(why);
});
