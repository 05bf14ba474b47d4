import type { HeaderList } from '../../router/index.ts';

/**
 * Fields for a Request or Response of the runtime. A record, which workerd reads in a third of the time of pairs; pairs
 * where a name comes twice, or means something to every object (`__proto__`, `constructor`).
 */
export function headersInit(headers: HeaderList): Record<string, string> | [string, string][] {
  const { flat } = headers;
  const record: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (name in record) return [...headers];
    record[name] = flat[i + 1] as string;
  }
  return record;
}
