import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stopAll } from '../../blackbox/process.ts';
import { RUNTIMES, type Runtime } from '../../blackbox/runtimes.ts';
import { closeDoors, type Doors, openDoors } from '../attacked-mesh.ts';
import { ATTACKS } from './all-attacks.ts';
import { doorPlaces } from './door-places.ts';
import { sign } from './forge.ts';
import { guardedPlace, startGuarded } from './guarded-place.ts';
import { CLASSES, type ClassName, type Loot, type Place, type TokenAttack } from './token-class.ts';
import { endpointPlaces } from './token-endpoint.ts';
import { startTokenMesh, type TokenMesh } from './token-mesh.ts';

type Places = ReadonlyMap<ClassName, Place>;

let mesh: TokenMesh;
const opened: Doors[] = [];
const placesOn = new Map<Runtime['name'], Places>();

beforeAll(async () => {
  mesh = await startTokenMesh();
});
afterAll(async () => {
  for (const doors of opened) await closeDoors(doors);
  await mesh?.stop();
  await stopAll();
});

/** The policy store runs on Node alone. */
const AT_THE_STORE: readonly ClassName[] = ['client assertion', 'DPoP proof', 'subject token'];
const classesOn = ({ name }: Runtime): ClassName[] =>
  CLASSES.filter((one) => name === 'node' || !AT_THE_STORE.includes(one));
const place = (runtime: Runtime, name: ClassName): Place => placesOn.get(runtime.name)?.get(name) as Place;

describe.each(RUNTIMES)('on $name', (runtime) => {
  beforeAll(async () => {
    const [doors, guarded] = await Promise.all([openDoors(runtime, mesh), startGuarded(runtime, mesh)]);
    opened.push(doors);
    const places = [...doorPlaces(mesh, () => doors), ...endpointPlaces(mesh), guardedPlace(guarded, mesh)];
    placesOn.set(runtime.name, new Map(places.map((one) => [one.name, one])));
  });

  describe.each(classesOn(runtime))('%s', (name) => {
    const attacks = ATTACKS.filter(({ classes }) => classes.includes(name));
    test.each(attacks)('3.$row $name', (attack) => tried(attack, place(runtime, name), runtime));
  });
});

/** Last: nothing is good after it. */
describe.each([
  ['Mesh-Parent-Call', 'hop'],
  ['JWT-SVID', 'jwt'],
  ['WIT', 'wit'],
] as const)('3.18 a revoked kid: %s', (name, cls) => {
  const texts = new Map<Runtime['name'], string>();
  beforeAll(async () => {
    for (const runtime of RUNTIMES) {
      const text = await sign(await place(runtime, name).sketch());
      expect(await place(runtime, name).ask({ text })).toMatchObject({ passed: true });
      texts.set(runtime.name, text);
    }
    await mesh.store.post('/v1/revocations', { kids: [mesh.keys.mesh[cls].kid] });
  });

  test.each(RUNTIMES)('a token that was believed is refused on $name', async (runtime) => {
    const { ask, statuses, says, sketch } = place(runtime, name);
    const again = { text: texts.get(runtime.name) as string };
    await expect.poll(async () => (await ask(again)).passed, { timeout: 20_000 }).toBe(false);
    for (const sent of [again, { text: await sign(await sketch()) }]) {
      const { status, body, passed } = await ask(sent);
      expect({ passed, refused: statuses.includes(status) }).toEqual({ passed: false, refused: true });
      expect(body).toMatch(says);
    }
  });
});

/** First a token that is good, then one that is spoilt. */
async function tried(attack: TokenAttack, at: Place, { name }: Runtime): Promise<void> {
  const { keys, upstream, signWeakly } = mesh;
  const control = await at.ask({ text: await sign(await at.sketch()) });
  expect(control, 'what is spoilt below is good').toMatchObject({ passed: true });

  const lure = `http://127.0.0.1:${upstream.port}/lure`;
  const { stranger, twin, namesake, mesh: meshKeys } = keys;
  const others = placesOn.get(name) as Places;
  const now = Math.floor(Date.now() / 1000);
  const loot: Loot = { now, place: at, stranger, twin, namesake, others, lure, signWeakly, keys: meshKeys };
  const spoilt = await attack.spoil(await at.sketch(), loot);
  const outcome = await at.ask(typeof spoilt === 'string' ? { text: spoilt } : spoilt);
  expect(outcome, 'nothing of it gets anywhere').toMatchObject({ passed: false });
  expect(upstream.got('/lure')).toBe(false);
  if (attack.loosely) expect(String(outcome.status)).toMatch(/^4|^0$/);
  else {
    expect([...at.statuses, attack.also]).toContain(outcome.status);
    expect(outcome.body).toMatch(at.says);
  }
}
