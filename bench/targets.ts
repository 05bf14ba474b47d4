import type { Row, Target } from './rows.ts';

interface Goal {
  readonly name: string;
  readonly goal: string;
  readonly holds: (value: number) => boolean;
  /** Undefined: it could not be measured here. */
  readonly value: (find: Find) => number | undefined;
}

type Find = (section: Row['section'], name: string) => number | undefined;

const atLeast = (least: number) => ({ goal: `>= ${least}`, holds: (value: number) => value >= least });
const atMost = (most: number, unit: string) => ({
  goal: `<= ${most} ${unit}`,
  holds: (value: number) => value <= most,
});

const ratio =
  (name: string, to: string) =>
  (find: Find): number | undefined =>
    find('ratios', `${name} / ${to}`);

const row =
  (section: Row['section'], name: string) =>
  (find: Find): number | undefined =>
    find(section, name);

/** What the mesh may cost. */
const GOALS: readonly Goal[] = [
  {
    name: 'full policy on Node / bare dispatch pass-through on Node',
    ...atLeast(0.9),
    value: ratio('gossamer on node', 'bare node'),
  },
  {
    name: 'full policy on Node / @fastify/reply-from without any policy',
    ...atLeast(1.6),
    value: ratio('gossamer on node', 'reply-from'),
  },
  {
    name: 'full policy on Bun / bare Bun.serve + fetch',
    ...atLeast(0.85),
    value: ratio('gossamer on bun', 'bare bun'),
  },
  {
    name: 'full policy on Deno / bare Deno.serve + fetch',
    ...atLeast(0.85),
    value: ratio('gossamer on deno', 'bare deno'),
  },
  {
    name: 'full policy on workerd / bare workerd + fetch',
    ...atLeast(0.9),
    value: ratio('gossamer on workerd', 'bare workerd'),
  },
  {
    name: 'full policy on one Node process / one Envoy worker with the same policy',
    ...atLeast(1),
    value: ratio('gossamer on node', 'envoy'),
  },
  {
    name: 'p99 added to the bare pass-through at half of capacity, Node',
    ...atMost(0.3, 'ms'),
    value: row('latency', 'p99 added by gossamer on node'),
  },
  {
    name: 'pipeline up to forward, warm, 1,000 routes',
    ...atMost(10, 'us'),
    value: row('pipeline', 'up to forward, 1,000 routes'),
  },
  { name: 'router bundle for workerd, gzip', ...atMost(40, 'kB'), value: row('size', 'router bundle, gzip') },
  {
    name: 'bytes moved for one changed route in 10,000 services',
    ...atMost(20, 'kB'),
    value: row('scale', 'bytes for one changed route'),
  },
  { name: 'apply -> enforced on a Node router, p99', ...atMost(150, 'ms'), value: row('propagation', 'push, p99') },
  {
    name: 'router memory at 10,000 services, 100 of them in use, over an empty router',
    ...atMost(60, 'MB'),
    value: row('scale', 'router memory over an empty one'),
  },
];

export function judge(rows: readonly Row[]): Target[] {
  const find: Find = (section, name) => rows.find((one) => one.section === section && one.name === name)?.value;
  return GOALS.map(({ name, goal, holds, value }) => {
    const measured = value(find);
    if (measured === undefined || !Number.isFinite(measured)) return { name, value: null, goal, met: false };
    return { name, value: measured, goal, met: holds(measured) };
  });
}
