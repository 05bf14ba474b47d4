/** What `--cpu-prof` of Node, Deno and Bun writes, and an inspector gives: a tree of calls, and which of them ran at each sample. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
      readonly columnNumber?: number;
    };
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
  /** Where it stands: `router/handle.ts`, `node:http`, `ext:deno_fetch`, `undici`; empty for the engine itself. */
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

/** How long functions ran themselves, wherever they were called, put together by what `keyOf` says. Microseconds. */
export function selfTimes(root: Frame, keyOf: (frame: Frame) => string): Map<string, number> {
  const own = new Map<string, number>();
  const add = (frame: Frame): void => {
    let left = frame.time;
    for (const call of frame.calls.values()) {
      left -= call.time;
      add(call);
    }
    const key = keyOf(frame);
    own.set(key, (own.get(key) ?? 0) + left);
  };
  for (const call of root.calls.values()) add(call);
  return own;
}

const OURS = /(?:^|\/)((?:router|snapshot|workers|gateway|policy-store)\/.+)$/;
const OF_THE_RUNTIME = /^(?:node|ext|node-internal):[^/]*/;

function placeOf(url: string): string {
  const runtimes = OF_THE_RUNTIME.exec(url)?.[0];
  if (runtimes !== undefined) return runtimes;
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? OURS.exec(url)?.[1] ?? '';
}
