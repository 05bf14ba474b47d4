import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStrictObject, StrictJsonError } from './strict-json.ts';

const read = (text: string) => parseStrictObject(text, { depth: 4, integers: ['exp'] });

test('reads what JSON.parse reads, whatever the white space', () => {
  const text = ' { "a" : [ 1 , -2.5e3 , true , null , "\\u00e9\\n" ] ,\n"b":{"c":{}}, "" : false } ';
  expect(read(text)).toEqual(JSON.parse(text));
});

test('every JSON object reads as JSON.parse reads it', () => {
  const names = fc.string().filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name));
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.string(), fc.boolean(), fc.integer(), tie('list')),
    list: fc.array(tie('any'), { maxLength: 3 }),
  })).any;
  fc.assert(
    fc.property(fc.dictionary(names, value), (object) => {
      const text = JSON.stringify(object);
      expect(parseStrictObject(text, { depth: 64 })).toEqual(JSON.parse(text));
    }),
  );
});

test('no text makes it throw anything but a refusal, or read what JSON.parse refuses', () => {
  const noise = fc.string({ unit: fc.constantFrom(...'{}[]",:\\0e.-1a \n'), maxLength: 30 });
  fc.assert(
    fc.property(noise, (text) => {
      try {
        expect(read(text)).toEqual(JSON.parse(text));
      } catch (error) {
        expect(error).toBeInstanceOf(StrictJsonError);
      }
    }),
    { numRuns: 2000 },
  );
});

const refused = {
  'a member that stands twice': '{"sub":"a","sub":"b"}',
  'a member that stands twice in another spelling': '{"sub":"a","\\u0073ub":"b"}',
  'a member that stands twice further in': '{"a":{"b":1,"b":2}}',
  __proto__: '{"__proto__":{}}',
  'constructor further in': '{"a":{"constructor":1}}',
  'nesting past the limit': '{"a":[[[[1]]]]}',
  'a number that is not finite': '{"exp":1e400}',
  'a float date': '{"exp":1.0}',
  'an exponent date': '{"exp":1e9}',
  'a date past 2^53': '{"exp":9007199254740993}',
  'a leading zero': '{"a":01}',
  'a leading plus': '{"a":+1}',
  NaN: '{"a":NaN}',
  'text after it': '{} {}',
  'a byte order mark': '\uFEFF{}',
  'a comma at the end': '{"a":1,}',
  'a comment': '{/* */}',
  'a raw line break in a string': '{"a":"\n"}',
  'an array': '[]',
  'a string': '"a"',
  nothing: '',
  'a broken escape': '{"a":"\\x"}',
};
test.each(Object.entries(refused))('refuses %s', (_name, text) => {
  expect(() => read(text)).toThrow(StrictJsonError);
});

test('only the dates must be integers', () => {
  expect(read('{"exp":1,"ratio":0.5}')).toEqual({ exp: 1, ratio: 0.5 });
});

test('what it says never quotes the text', () => {
  expect(() => read('{"secret":"s3cret","secret":1}')).toThrow(/^(?!.*s3cret)/);
});
