import type { HeaderModifier } from '../../snapshot/route.ts';
import type { HeaderList } from '../headers.ts';
import { type HeaderClass, headerClass } from './header-class.ts';

/** Headers that no filter may touch: they are the mesh's, the workload's or the connection's. */
const OUT_OF_REACH: ReadonlySet<HeaderClass> = new Set<HeaderClass>([
  'mesh',
  'identity',
  'hop-by-hop',
  'framing',
  'bad',
]);
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what splits a header in two
const SPLITTING = /[\x00\r\n]/;

/** Whether a filter may set, add or remove this header. @param name in any case */
const isChangeable = (name: string): boolean => !OUT_OF_REACH.has(headerClass(name.toLowerCase()));

/** Changes in place: sets, then adds, then removes (as Envoy does). */
export function modifyHeaders(headers: HeaderList, change: HeaderModifier): void {
  for (const { name, value } of change.set ?? []) if (isSendable(name, value)) headers.set(name.toLowerCase(), value);
  for (const { name, value } of change.add ?? [])
    if (isSendable(name, value)) headers.append(name.toLowerCase(), value);
  for (const name of change.remove ?? []) if (isChangeable(name)) headers.delete(name.toLowerCase());
}

const isSendable = (name: string, value: string): boolean => isChangeable(name) && !SPLITTING.test(value);
