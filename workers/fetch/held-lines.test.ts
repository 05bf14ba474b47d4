import { expect, test } from 'vitest';
import { FakeClock } from '../../router/ports.fake.ts';
import { HeldLines } from './held-lines.ts';

function writing(): { lines: HeldLines; clock: FakeClock; written: string[] } {
  const written: string[] = [];
  const clock = new FakeClock();
  return { lines: new HeldLines((text) => void written.push(text), clock), clock, written };
}

test('lines that come together are written together', () => {
  const { lines, clock, written } = writing();
  lines.add('a');
  lines.add('b');
  expect(written).toEqual([]);
  clock.next();
  expect(written).toEqual(['a\nb']);
});

test('a line that comes later waits anew', () => {
  const { lines, clock, written } = writing();
  lines.add('a');
  clock.next();
  lines.add('b');
  expect(written).toEqual(['a']);
  clock.next();
  expect(written).toEqual(['a', 'b']);
});

test('many do not wait', () => {
  const { lines, written } = writing();
  lines.add('x'.repeat(70_000));
  expect(written).toHaveLength(1);
});

test('what is held is written before the program ends, and once', () => {
  const { lines, clock, written } = writing();
  lines.add('a');
  lines.flush();
  clock.next();
  expect(written).toEqual(['a']);
});
