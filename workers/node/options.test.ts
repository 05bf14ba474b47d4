import { expect, test } from 'vitest';
import { parseOptions } from './options.ts';

test('what is not said has a default', () => {
  expect(parseOptions('{"command":"dev"}')).toEqual({
    command: 'dev',
    host: '127.0.0.1',
    gatewayPort: 0,
    routerPort: 0,
    adminPort: 0,
    opsPort: 0,
    reusePort: false,
    data: '.gossamer',
    memory: false,
    databaseUrl: undefined,
    log: 'json',
    files: [],
    join: undefined,
  });
});

test.each([
  [undefined, 'one JSON object'],
  ['[', 'one JSON object'],
  ['{"command":"serve"}', 'command must be one of'],
  ['{"command":"dev","adminPort":65536}', 'adminPort must be a port'],
  ['{"command":"dev","routerPort":"80"}', 'routerPort must be a port'],
  ['{"command":"dev","host":1}', 'host must be a text'],
])('%s is refused: %s', (text, message) => {
  expect(() => parseOptions(text)).toThrow(message);
});
