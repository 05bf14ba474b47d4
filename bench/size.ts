import { readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { bundle, startWorkerd } from '../test/blackbox/workerd.ts';
import { type Row, rowOf } from './rows.ts';

/** What would be deployed of the router, and how long workerd takes to serve with it. */
export async function measureSize(rounds: number, joinFile: string): Promise<Row[]> {
  const { folder, script } = bundle('router');
  const text = readFileSync(script);
  rmSync(folder, { recursive: true });
  const starts: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const from = performance.now();
    const member = await startWorkerd('router', joinFile);
    await fetch(member.url);
    starts.push(performance.now() - from);
    await member.stop();
  }
  return [
    rowOf('size', 'router bundle, gzip', [gzipSync(text, { level: 9 }).length / 1000], 'kB'),
    rowOf('size', 'start of workerd until the first answer', starts, 'ms'),
  ];
}
