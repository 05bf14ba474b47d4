import { expect, test } from 'vitest';
import { recordOf } from '../../router/telemetry/record.fake.ts';
import { jsonVoice, prettyVoice } from './log.ts';

function written(make: (out: { write(line: string): void }) => void): string {
  let text = '';
  make({
    write: (line) => {
      text += line;
    },
  });
  return text;
}

test('for programs each word is one JSON object on one line', () => {
  const text = written((out) => {
    const voice = jsonVoice(out, () => 7);
    voice.log('warn', 'a\nb', { n: 1 });
    voice.ready({ router: 'http://x' });
    voice.access(recordOf());
  });
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(lines[0]).toEqual({ event: 'log', time: 7, level: 'warn', message: 'a\nb', n: 1 });
  expect(lines[1]).toEqual({ event: 'ready', router: 'http://x' });
  expect(lines[2]).toMatchObject({ event: 'request', path: '/a', status: 200 });
});

test('for people a request is one short line', () => {
  const record = recordOf({
    status: 403,
    reason: 'permission_denied',
    detail: 'no rule allows it',
    backend: undefined,
  });
  const text = written((out) => prettyVoice(out, false).access(record));
  expect(text).toBe(
    '403 GET /a spiffe://mesh.local/ns/shop/sa/cart -> shop/orders 12.5 ms permission_denied: no rule allows it\n',
  );
});

test('what was refused before anything was known of it has a line too', () => {
  const record = recordOf({
    status: 400,
    reason: 'request_invalid',
    detail: undefined,
    host: '',
    path: '',
    source: undefined,
    destination: undefined,
    backend: undefined,
  });
  expect(written((out) => prettyVoice(out, false).access(record))).toBe('400 GET - - -> - 12.5 ms request_invalid\n');
});

test('colours come only when asked for, and nothing from outside moves the cursor', () => {
  const record = recordOf({ path: '/\u001b[2J\n' });
  expect(written((out) => prettyVoice(out, true).access(recordOf()))).toContain('\u001b[32m200');
  const plain = written((out) => prettyVoice(out, false).access(record));
  expect(plain).not.toContain('\u001b');
  expect(plain.trimEnd()).not.toContain('\n');
});
