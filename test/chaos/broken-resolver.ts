/**
 * Preloaded into a router on Node: the system's resolver, but for names under `names.test`, of which the file named by
 * `RESOLVER_STATE` says what becomes: `good` (this machine), `gone`, or `hangs` for as long as it says so.
 */
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const state = (): string => readFileSync(process.env.RESOLVER_STATE as string, 'utf8');
const system = dns.lookup;
type Done = (error: Error | null, addresses?: readonly dns.LookupAddress[]) => void;

function lookup(name: string, options: dns.LookupAllOptions, done: Done): void {
  if (!name.endsWith('names.test')) system(name, options, done);
  else if (state() === 'good') setImmediate(done, null, [{ address: '127.0.0.1', family: 4 }]);
  else if (state() === 'gone') setImmediate(done, Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
  else setTimeout(lookup, 50, name, options, done);
}

Object.assign(dns, { lookup });
syncBuiltinESMExports();
