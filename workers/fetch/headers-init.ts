/**
 * Fields for a Request or Response of the runtime, names in lower case. A record, which workerd reads in a third of the
 * time of pairs; pairs where a name comes twice, or means something to every object (`__proto__`, `constructor`).
 * @param flat alternating names and values
 */
export function headersInit(flat: readonly string[]): Record<string, string> | [string, string][] {
  const record: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (name in record) return pairsOf(flat);
    record[name] = flat[i + 1] as string;
  }
  return record;
}

function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string]);
  return pairs;
}
