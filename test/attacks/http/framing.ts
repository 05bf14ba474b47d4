import { type Attack, chunk, chunked, type Draft, plus, posted, replaced } from './attack.ts';

const END = '0\r\n\r\n';

/** A chunked POST with another spelling of Transfer-Encoding, and a request behind what one reading takes for the body. */
const encoded = (name: string, ...lines: string[]): Attack => ({
  row: '4.5',
  name: `TE.TE: ${name}`,
  control: chunked,
  poison: (good, inner) => ({ ...replaced(good, 'transfer-encoding', ...lines), body: `${END}${inner}` }),
  outcome: 'refused',
});

const sized = (name: string, body: (inner: string) => string): Attack => ({
  row: '4.5',
  name: `chunks: ${name}`,
  control: chunked,
  poison: (good, inner) => ({ ...good, body: body(inner) }),
  outcome: 'cut',
});

const length = (name: string, ...lines: string[]): Attack => ({
  row: '4.5',
  name: `Content-Length: ${name}`,
  control: posted,
  poison: (good) => replaced(good, 'content-length', ...lines),
  outcome: 'refused',
});

const withBoth = (good: Draft, bytes: number): Draft =>
  replaced(good, 'transfer-encoding', `Content-Length: ${bytes}`, 'Transfer-Encoding: chunked');

/** Requests whose end two readers see at different places. */
export const framingAttacks: readonly Attack[] = [
  {
    row: '4.5',
    name: 'CL.TE: the body ends at the length for one, at the last chunk for the other',
    control: chunked,
    poison: (good, inner) => ({ ...withBoth(good, END.length + inner.length), body: `${END}${inner}` }),
    outcome: 'refused',
  },
  {
    row: '4.5',
    name: 'TE.CL: a request inside of a chunk, the length ends before it',
    control: chunked,
    poison: (good, inner) => ({
      ...withBoth(good, inner.length.toString(16).length + 2),
      body: `${chunk(inner)}${END}`,
    }),
    outcome: 'refused',
  },
  {
    row: '4.5',
    name: 'both, in the other order',
    control: chunked,
    poison: (good, inner) => ({
      ...replaced(good, 'transfer-encoding', 'Transfer-Encoding: chunked', `Content-Length: ${END.length}`),
      body: `${END}${inner}`,
    }),
    outcome: 'refused',
  },
  {
    row: '4.5',
    name: 'TE.0: chunks on a method without a body, a request in the place of one',
    control: (good) => ({ ...chunked(good), method: 'OPTIONS' }),
    poison: (good, inner) => ({ ...good, body: `${chunk(inner)}${END}` }),
    outcome: 'harmless',
  },
  {
    row: '4.5',
    name: 'CL.0: a request as the body that the length announces',
    control: posted,
    poison: (good, inner) => ({ ...replaced(good, 'content-length', `Content-Length: ${inner.length}`), body: inner }),
    outcome: 'harmless',
  },
  {
    row: '4.5',
    name: 'CL.0 on GET: a request as the body that the length announces',
    poison: (good, inner) => ({ ...plus(good, `Content-Length: ${inner.length}`), body: inner }),
    outcome: 'harmless',
  },
  {
    row: '4.5',
    name: 'chunks: a request as a chunk',
    control: chunked,
    poison: (good, inner) => ({ ...good, body: `${chunk(inner)}${END}` }),
    outcome: 'harmless',
  },
  encoded('another coding', 'Transfer-Encoding: xchunked'),
  encoded('identity', 'Transfer-Encoding: identity'),
  encoded('gzip before it', 'Transfer-Encoding: gzip, chunked'),
  encoded('identity behind it', 'Transfer-Encoding: chunked, identity'),
  encoded('twice in one field', 'Transfer-Encoding: chunked, chunked'),
  encoded('twice in two fields', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  encoded('two fields that differ', 'Transfer-Encoding: chunked', 'Transfer-Encoding: x'),
  encoded('identity in a field of its own', 'Transfer-Encoding: identity', 'Transfer-Encoding: chunked'),
  encoded('in quotes', 'Transfer-Encoding: "chunked"'),
  encoded('vertical tab', 'Transfer-Encoding: \x0bchunked'),
  encoded('space before the colon', 'Transfer-Encoding : chunked'),
  encoded('tab before the colon', 'Transfer-Encoding\t: chunked'),
  encoded('space before the name', ' Transfer-Encoding: chunked'),
  encoded('folded', 'Transfer-Encoding:', ' chunked'),
  encoded('line feed alone', 'X: y\nTransfer-Encoding: chunked'),
  encoded('carriage return alone', 'X: y\rTransfer-Encoding: chunked'),
  encoded('empty', 'Transfer-Encoding:'),
  encoded('with a parameter', 'Transfer-Encoding: chunked;q=1'),
  sized('size with 0x', (inner) => `0x3\r\nabc\r\n${END}${inner}`),
  sized('size with a sign', (inner) => `+3\r\nabc\r\n${END}${inner}`),
  sized('size below zero', (inner) => `-3\r\nabc\r\n${END}${inner}`),
  sized('size with a space before it', (inner) => ` 3\r\nabc\r\n${END}${inner}`),
  sized('size with an underscore', (inner) => `0_3\r\nabc\r\n${END}${inner}`),
  sized('no size', (inner) => `\r\nabc\r\n${END}${inner}`),
  sized('size beyond 64 bits', (inner) => `10000000000000003\r\nabc\r\n${END}${inner}`),
  sized('extension with a line feed', (inner) => `3;\nxx\r\nabc\r\n${END}${inner}`),
  sized('size ended by a line feed', (inner) => `3\nabc\r\n${END}${inner}`),
  sized('size ended by a carriage return', (inner) => `3\rabc\r\n${END}${inner}`),
  sized('chunk longer than it says', (inner) => `3\r\nabcdef\r\n${END}${inner}`),
  sized('chunk ended by line feed', (inner) => `3\r\nabc\n${END}${inner}`),
  length('sign', 'Content-Length: +5'),
  length('below zero', 'Content-Length: -5'),
  length('0x', 'Content-Length: 0x5'),
  length('list', 'Content-Length: 5, 5'),
  length('list that differs', 'Content-Length: 5, 6'),
  length('twice the same', 'Content-Length: 5', 'Content-Length: 5'),
  length('twice, differing', 'Content-Length: 5', 'Content-Length: 6'),
  length('fraction', 'Content-Length: 5.0'),
  length('space in it', 'Content-Length: 5 5'),
  length('empty', 'Content-Length:'),
  length('beyond 64 bits', 'Content-Length: 18446744073709551621'),
  length('space before the colon', 'Content-Length : 5'),
];
