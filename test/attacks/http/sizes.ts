import { type Attack, plus, posted, replaced } from './attack.ts';

const many = (count: number, bytes: number): string[] =>
  Array.from({ length: count }, (_, n) => `X-${n}: ${'a'.repeat(bytes)}`);

/** More than anybody has to take. */
export const sizeAttacks: readonly Attack[] = [
  {
    row: '4.19',
    name: 'one field of 40 kB',
    poison: (good) => plus(good, ...many(1, 40_000)),
    outcome: 'refused',
    status: [431],
  },
  {
    row: '4.19',
    name: '600 fields',
    poison: (good) => plus(good, ...many(600, 1)),
    outcome: 'refused',
    status: [431],
  },
  {
    row: '4.19',
    name: '40 fields of 1 kB',
    poison: (good) => plus(good, ...many(40, 1_000)),
    outcome: 'refused',
    status: [431],
  },
  {
    row: '4.19',
    name: '200 fields of the same name',
    poison: (good) => plus(good, ...Array.from({ length: 210 }, () => 'X-Any: a')),
    outcome: 'refused',
    status: [431],
  },
  {
    row: '4.19',
    name: 'a header that never ends',
    poison: (good) => `GET ${good.target} HTTP/1.1\r\n${good.lines.join('\r\n')}\r\nX: ${'a'.repeat(200_000)}`,
    outcome: 'refused',
    status: [431],
  },
  {
    row: '4.19',
    name: 'a body declared beyond all numbers',
    control: posted,
    poison: (good) => replaced(good, 'content-length', `Content-Length: ${'9'.repeat(30)}`),
    outcome: 'refused',
  },
  {
    row: '4.20',
    name: 'a quote and a line break in the path, escaped',
    poison: (good) => ({ ...good, target: '/open/%0a%22,%22event%22:%22forged' }),
    outcome: 'refused',
  },
  {
    row: '4.20',
    name: 'a quote in the host',
    poison: (good) => replaced(good, 'host', 'Host: a","event":"forged'),
    outcome: 'refused',
    status: [400, 404],
  },
  {
    row: '4.20',
    name: 'terminal escapes in the method',
    poison: (good) => ({ ...good, method: 'G\x1b[2JET' }),
    outcome: 'refused',
    status: [400, 405],
  },
];
