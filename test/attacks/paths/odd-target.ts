import fc from 'fast-check';

/** Pieces of which paths are made that two servers may read differently, among ones that nobody misreads. */
const PIECES = [
  ...['a', 'B', 'orders', '42', '-', '_', '~', '!', '$', "'", '(', ')', '*', '+', ',', '=', ':', '@', '&', '.x', 'x.'],
  ...['%61', '%7e', '%20', '%25', '%c3%a9', '%C3%A9', '%e2%82%ac', '%3a', '%40', '%2B'],
  ...[
    '.',
    '..',
    '%2e',
    '%2E%2e',
    '%252e',
    '%2f',
    '%5c',
    '\\',
    ';v=1',
    ';',
    '%3b',
    '%00',
    '%0a',
    '%c0%ae',
    '%zz',
    '%',
    '#',
  ],
  ...['\u00e9', '<', '>', '"', '^', '{', '|', '`', '//'],
] as const;
const HARMLESS = 31;

const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PIECES.slice(0, HARMLESS)) },
  { weight: 1, arbitrary: fc.constantFrom(...PIECES.slice(HARMLESS)) },
);
const segment = fc.array(piece, { minLength: 0, maxLength: 3 }).map((pieces) => pieces.join(''));
const start = fc.oneof(
  { weight: 5, arbitrary: fc.constant('/open/') },
  { weight: 3, arbitrary: fc.constant('/open/rewrite/') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('/', '//open/', '/open/../', '/%6fpen/', '/open/rewrite', '/closed/../open/', '/OPEN/'),
  },
);
const query = fc.option(
  fc.array(fc.oneof(piece, fc.constantFrom('?', '/', '=', '&')), { maxLength: 4 }).map((pieces) => pieces.join('')),
  { nil: undefined, freq: 2 },
);

/** A request target that may or may not be one; one character a byte. */
export const oddTarget: fc.Arbitrary<string> = fc
  .tuple(start, fc.array(segment, { maxLength: 3 }), query)
  .map(([first, segments, more]) => first + segments.join('/') + (more === undefined ? '' : `?${more}`));
