import { expect, test } from 'vitest';
import { HeaderList } from '../../router/index.ts';
import { headersInit } from './headers-init.ts';

const fieldsOf = (flat: string[]): [string, string][] => [...new Headers(headersInit(new HeaderList(flat)))];

test('a record where every name comes once', () => {
  expect(headersInit(new HeaderList(['b', '1', 'a', '2']))).toEqual({ b: '1', a: '2' });
  expect(fieldsOf(['b', '1', 'a', '2', '7', '3'])).toEqual([
    ['7', '3'],
    ['a', '2'],
    ['b', '1'],
  ]);
});

test('cookies stay fields of their own', () =>
  expect(fieldsOf(['set-cookie', 'a=1', 'x', '', 'set-cookie', 'b=2'])).toEqual([
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
    ['x', ''],
  ]));

test.each(['__proto__', 'constructor', 'tostring', 'valueof', 'hasownproperty'])('%s is a field like others', (name) =>
  expect(fieldsOf(['x', '1', name, 'value'])).toContainEqual([name, 'value']),
);
