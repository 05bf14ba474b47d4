import { expect, test } from 'vitest';
import { Cancellation } from './cancellation.ts';
import { HeaderList } from './headers.ts';
import { createFollower, createRouter } from './index.ts';
import { FakeBody, FakeClock, FakeRandom, RecordedLog, RecordedTelemetry, ScriptedTransport } from './ports.fake.ts';
import { codeOf } from './served.fake.ts';

const unreachable = () => Promise.reject(new Error('unreachable'));

function portsOf() {
  return {
    clock: new FakeClock(),
    random: new FakeRandom(),
    transport: new ScriptedTransport(),
    source: { manifest: unreachable, chunk: unreachable, hopKey: unreachable, endorsements: unreachable },
    telemetry: new RecordedTelemetry(),
    log: new RecordedLog().log,
  };
}

test('a router without a policy store refuses everything, and records it', async () => {
  const ports = portsOf();
  const router = createRouter(ports, { manifestKeys: [], routerId: 'r1' });
  await router.follower.start();
  const request = {
    method: 'GET',
    scheme: 'http',
    authority: 'a.mesh',
    target: '/',
    headers: new HeaderList(),
  } as const;
  const connection = { remoteAddress: '127.0.0.1', protocol: 'http/1.1', tls: false } as const;
  const reply = await router.handle(request, new FakeBody(), connection, new Cancellation());
  expect([reply.status, codeOf(reply), reply.headers.get('mesh-revision')]).toEqual([503, 'snapshot_unavailable', '0']);
  reply.finish({ outcome: 'complete' });
  expect(ports.telemetry.records).toMatchObject([{ reason: 'snapshot_unavailable', revision: 0 }]);
});

test('a router takes the follower that it is given', () => {
  const ports = portsOf();
  const options = { manifestKeys: [], routerId: 'r1' };
  const follower = createFollower(ports, options);
  expect(createRouter(ports, { ...options, follower }).follower).toBe(follower);
});
