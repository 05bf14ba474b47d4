import { CountingProxy } from '../test/blackbox/counting-proxy.ts';
import { ManyServices } from '../test/blackbox/many-services.ts';
import { RUNTIMES } from '../test/blackbox/runtimes.ts';
import { percentile, type Row, rowOf } from './rows.ts';

const SERVICES = 100;
const CHANGES = 100;

export interface PropagationOptions {
  /** Also of a router that is told nothing, and has to ask: a second for each change. */
  readonly poll: boolean;
  tell(line: string): void;
}

/** How soon a router on Node acts by what was applied, in a mesh of 100 services. */
export async function measurePropagation({ poll, tell }: PropagationOptions): Promise<Row[]> {
  const mesh = await ManyServices.start(SERVICES, tell);
  try {
    return [...(await followed(mesh, 'push', true)), ...(poll ? await followed(mesh, 'poll', false) : [])];
  } finally {
    await mesh.stop();
  }
}

async function followed(mesh: ManyServices, name: string, push: boolean): Promise<Row[]> {
  const [node] = RUNTIMES;
  const proxy = await CountingProxy.start(mesh.store, { push });
  const router = await node?.start('router', proxy.joinFile);
  if (router === undefined) throw new Error('there is no Node among the runtimes');
  try {
    await mesh.use(router, SERVICES);
    return propagationRows(name, await mesh.follow(router, CHANGES));
  } finally {
    await router.stop();
    proxy.stop();
  }
}

/** The middle and the end of what was seen. */
export const propagationRows = (name: string, times: readonly number[]): Row[] => [
  rowOf('propagation', `${name}, p50`, [percentile(times, 0.5)], 'ms'),
  rowOf('propagation', `${name}, p99`, [percentile(times, 0.99)], 'ms'),
];
