import type { Runtime } from '../blackbox/runtimes.ts';

/**
 * How an answer ended for its caller. `whole`: complete, and its own. `refused`: by the mesh, with a reason. `broken`: it
 * can be seen that something is missing. `hung`: nothing more came until the caller left. `WRONG`: anything else.
 */
export type End = 'whole' | 'refused' | 'broken' | 'hung' | 'WRONG';

/** What callers of each lie get, by what a runtime's own client makes of it where that is not the same everywhere. */
export const ENDS: Readonly<Record<string, End>> = {
  echo: 'whole',
  'cut-length-fin': 'broken',
  'cut-length-reset': 'broken',
  'cut-chunks-fin': 'broken',
  'cut-chunks-reset': 'broken',
  'cut-close-reset': 'broken',
  'whole-close': 'whole',
  'head-cut-fin': 'refused',
  'head-cut-reset': 'refused',
  'nothing-fin': 'refused',
  'answer-early-fin': 'whole',
  'hints-then-whole': 'whole',
  'hints-flood': 'refused',
  'processing-flood': 'refused',
  'continue-flood': 'refused',
  'switch-unasked': 'refused',
  'fields-too-long': 'refused',
  'fields-too-many': 'refused',
  'fields-endless': 'refused',
  'fields-endless-many': 'refused',
  'status-line-endless': 'refused',
  'chunk-size-endless': 'hung',
  'chunk-extension-endless': 'hung',
  'trailers-endless': 'broken',
  'more-than-length': 'whole',
  'more-than-length-later': 'whole',
  'body-with-204': 'whole',
  'body-with-304': 'whole',
  'length-and-chunks': 'refused',
  'two-lengths': 'refused',
  'length-negative': 'refused',
  'length-huge': 'refused',
  'chunk-size-huge': 'broken',
  'chunk-size-wrong': 'broken',
  'gzip-of-chunks': 'whole',
  garbage: 'refused',
  ssh: 'refused',
  'http-09': 'refused',
  'http2-frames': 'refused',
  'status-99': 'refused',
  'status-999': 'refused',
  'null-in-field': 'refused',
  'field-with-space': 'refused',
};

const OTHERWISE: Readonly<Record<Runtime['name'], Readonly<Record<string, End>>>> = {
  node: {},
  deno: {
    'chunk-extension-endless': 'broken',
    // It takes the chunks and keeps the length, which is then not the body's.
    'length-and-chunks': 'broken',
  },
  bun: {
    // A reset is no other end than a close to it.
    'cut-close-reset': 'whole',
    'chunk-size-endless': 'broken',
    'trailers-endless': 'hung',
    'length-and-chunks': 'whole',
  },
  workerd: { 'chunk-extension-endless': 'broken', 'length-and-chunks': 'whole' },
};

/** Deno and workerd read these with little or no pause for anything else, for as long as the service sends. */
const STOPPING: readonly string[] = ['hints-flood', 'processing-flood', 'continue-flood', 'chunk-size-endless'];

/** What goes on until the other end has enough. Deno reads on. */
export const isFlood = (lie: string): boolean => /-flood|-endless/.test(lie);

export const isTriedOn = (lie: string, { name }: Runtime): boolean =>
  name === 'node' || name === 'bun' || !STOPPING.includes(lie);
export const mustBeLetGo = (lie: string, { name }: Runtime): boolean => isFlood(lie) && name !== 'deno';
export const endOn = (lie: string, { name }: Runtime): End | undefined => OTHERWISE[name][lie] ?? ENDS[lie];
