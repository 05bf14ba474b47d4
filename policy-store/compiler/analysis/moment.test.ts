import fc from 'fast-check';
import { expect, test } from 'vitest';
import { certificateMoment, momentOf } from './moment.ts';

test('moments are what the platform says they are', () => {
  const date = fc.date({ min: new Date('1950-01-01'), max: new Date('2049-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(date, (any) => {
      any.setUTCMilliseconds(0);
      const text = any.toISOString();
      const digits = text.replace(/[-:T]|\.000/g, '');
      expect([momentOf(text), certificateMoment(0x18, digits), certificateMoment(0x17, digits.slice(2))]).toEqual(
        Array(3).fill(any.getTime()),
      );
    }),
  );
});

test.each(['', 'yesterday', '2026-01-01', '2026-01-01T00:00:00+01:00'])('%j is no moment of the store', (text) => {
  expect(momentOf(text)).toBeUndefined();
});
