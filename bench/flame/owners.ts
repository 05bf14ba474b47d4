import type { Frame } from './profile.ts';

/** Whose code a frame is, by where it stands. */
export interface Owner {
  readonly name: string;
  readonly colour: string;
  readonly owns: (frame: Pick<Frame, 'name' | 'place'>) => boolean;
}

export const OWNERS: readonly Owner[] = [
  { name: 'router', colour: '#7fb2f0', owns: ({ place }) => /^(router|snapshot)\//.test(place) },
  { name: 'workers', colour: '#8fd19e', owns: ({ place }) => place.startsWith('workers/') },
  { name: 'undici', colour: '#f2c879', owns: ({ place }) => place === 'undici' },
  { name: 'collector', colour: '#efb0a8', owns: ({ name }) => name === '(garbage collector)' },
  { name: 'runtime', colour: '#c9ced6', owns: () => true },
];

export const ownerOf = (frame: Pick<Frame, 'name' | 'place'>): Owner => OWNERS.find(({ owns }) => owns(frame)) as Owner;
