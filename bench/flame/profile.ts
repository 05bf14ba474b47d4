/** What `node --cpu-prof` writes: a tree of calls, and which of them ran at each sample. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  /** Microseconds. */
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function with all that it called, and what of the time it took. */
export interface Frame {
  readonly name: string;
  /** Where it stands: `router/handle.ts`, `node:http`, `undici`; empty for V8 itself. */
  readonly place: string;
  /** Microseconds, its calls included. */
  time: number;
  readonly calls: Map<string, Frame>;
}

const RESTS: ReadonlySet<string> = new Set(['(idle)', '(program)']);

/**
 * Samples put together by the functions that led to them, rest left out.
 * @param window milliseconds from the start of the profile: only samples in between count
 */
export function foldProfile(profile: CpuProfile, window: readonly [number, number] = [0, Infinity]): Frame {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const pathOf = (id: number): number[] => {
    const parent = parents.get(id);
    return parent === undefined ? [] : [...pathOf(parent), id];
  };
  const root: Frame = { name: 'all', place: '', time: 0, calls: new Map() };
  let at = 0;
  for (const [n, id] of profile.samples.entries()) {
    const spent = profile.timeDeltas[n] ?? 0;
    at += spent / 1000;
    const leaf = nodes.get(id)?.callFrame;
    if (leaf === undefined || RESTS.has(leaf.functionName) || at < window[0] || at > window[1]) continue;
    let frame = root;
    frame.time += spent;
    for (const step of pathOf(id)) {
      const { functionName, url } = nodes.get(step)?.callFrame ?? leaf;
      frame = callOf(frame, functionName || '(anonymous)', placeOf(url));
      frame.time += spent;
    }
  }
  return root;
}

function callOf(frame: Frame, name: string, place: string): Frame {
  const key = `${name} ${place}`;
  let call = frame.calls.get(key);
  if (call === undefined) {
    call = { name, place, time: 0, calls: new Map() };
    frame.calls.set(key, call);
  }
  return call;
}

const OURS = /\/((?:router|snapshot|workers|gateway|policy-store)\/.+)$/;

function placeOf(url: string): string {
  if (url.startsWith('node:')) return url;
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? OURS.exec(url)?.[1] ?? '';
}
