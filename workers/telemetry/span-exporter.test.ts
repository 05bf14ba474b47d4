import { expect, test } from 'vitest';
import { recordOf } from '../../router/telemetry/record.fake.ts';
import { SpanExporter } from './span-exporter.ts';

function exporting(status = 200) {
  const sent: { url: string; init: RequestInit }[] = [];
  const logged: unknown[] = [];
  const exporter = new SpanExporter({
    endpoint: 'http://collector:4318/',
    headers: 'Authorization=Bearer%20x,bad,X-Scope=1',
    serviceName: 'gossamer-router',
    fetch: async (url, init) => {
      sent.push({ url, init });
      return new Response('', { status });
    },
    log: (_level, _message, fields) => void logged.push(fields),
  });
  return { exporter, sent, logged };
}

test('spans go to the collector with its headers', async () => {
  const { exporter, sent } = exporting();
  exporter.record(recordOf());
  await exporter.flush();
  expect(sent[0]?.url).toBe('http://collector:4318/v1/traces');
  expect(sent[0]?.init.headers).toEqual({
    authorization: 'Bearer x',
    'x-scope': '1',
    'content-type': 'application/json',
  });
  expect(String(sent[0]?.init.body)).toContain('gossamer-router');
});

test('what is not sampled is not sent', async () => {
  const { exporter, sent } = exporting();
  const { trace } = recordOf();
  if (trace) exporter.record(recordOf({ trace: { ...trace, flags: '00' } }));
  exporter.record(recordOf({ trace: undefined }));
  await exporter.flush();
  expect(sent).toEqual([]);
});

test('a collector that fails costs spans, which are counted', async () => {
  const { exporter, logged } = exporting(503);
  for (let n = 0; n < 3; n++) exporter.record(recordOf());
  await exporter.flush();
  expect(logged).toMatchObject([{ dropped: 3 }]);
});

test('what waits is bounded', async () => {
  const { exporter, sent } = exporting();
  for (let n = 0; n < 5_000; n++) exporter.record(recordOf());
  await exporter.flush();
  expect(sent).toHaveLength(4_096 / 512);
});
