import { type Row, rowOf } from '../rows.ts';

/**
 * What is set beside what: each of ours, and what only makes fields anew, beside the bare of its runtime, and the one on
 * Node beside all peers.
 */
function pairsOf(names: readonly string[]): [string, string][] {
  const beside = names.filter((name) => /^(?:gossamer|fields) on /.test(name));
  const bare = beside.map((name): [string, string] => [name, name.replace(/^\S+ on/, 'bare')]);
  const peers = names.filter((name) => !/^(?:gossamer on|fields on|bare) /.test(name));
  return [...bare, ...peers.map((name): [string, string] => ['gossamer on node', name])];
}

/**
 * Ratios of each round: what else the machine did in it hit both alike.
 * @param rates requests a second by contestant, one for each round
 */
export function ratiosOf(rates: ReadonlyMap<string, readonly number[]>): Row[] {
  return pairsOf([...rates.keys()]).flatMap(([name, to]) => {
    const [own, other] = [rates.get(name), rates.get(to)];
    if (own === undefined || other === undefined) return [];
    const ratios = own.flatMap((rate, round) => (other[round] === undefined ? [] : [rate / other[round]]));
    return ratios.length === 0 ? [] : [rowOf('ratios', `${name} / ${to}`, ratios, 'x')];
  });
}
