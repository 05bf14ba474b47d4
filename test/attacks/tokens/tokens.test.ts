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

let mesh: TokenMesh;
beforeAll(async () => {
  mesh = await startTokenMesh();
});
afterAll(async () => {
  await mesh?.stop();
  await stopAll();
});

/** The policy store runs on Node alone. */
const AT_THE_STORE: readonly ClassName[] = ['client assertion', 'DPoP proof', 'subject token'];
const classesOn = ({ name }: Runtime): ClassName[] =>
  CLASSES.filter((one) => {
    if (AT_THE_STORE.includes(one)) return name === 'node';
    // A worker that the SDK guards: test/blackbox/sdk-handlers.test.ts.
    return one !== 'Mesh-Call' || name !== 'workerd';
  });

describe.each(RUNTIMES)('on $name', (runtime) => {
  let doors: Doors | undefined;
  let places: ReadonlyMap<ClassName, Place>;
  beforeAll(async () => {
    const [opened, guarded] = await Promise.all([openDoors(runtime, mesh), startGuarded(runtime, mesh)]);
    doors = opened;
    const made = [...doorPlaces(mesh, () => opened), ...endpointPlaces(mesh)];
    places = new Map(
      [...made, ...(guarded === undefined ? [] : [guardedPlace(guarded, mesh)])].map((place) => [place.name, place]),
    );
  });
  afterAll(() => closeDoors(doors));

  describe.each(classesOn(runtime))('%s', (name) => {
    const attacks = ATTACKS.filter(({ classes }) => classes.includes(name));
    test.each(attacks)('3.$row $name', (attack) => tried(attack, name, places, mesh));
  });
});

async function tried(
  attack: TokenAttack,
  name: ClassName,
  places: ReadonlyMap<ClassName, Place>,
  { keys, upstream, signWeakly }: TokenMesh,
): Promise<void> {
  const place = places.get(name) as Place;
  const control = await place.ask({ text: await sign(await place.sketch()) });
  expect(control, 'what is spoilt below is good').toMatchObject({ passed: true });

  const lure = `http://127.0.0.1:${upstream.port}/lure`;
  const { stranger, twin, namesake, mesh: meshKeys } = keys;
  const now = Math.floor(Date.now() / 1000);
  const loot: Loot = { now, place, stranger, twin, namesake, others: places, lure, signWeakly, keys: meshKeys };
  const spoilt = await attack.spoil(await place.sketch(), loot);
  const outcome = await place.ask(typeof spoilt === 'string' ? { text: spoilt } : spoilt);
  expect(outcome, 'nothing of it gets anywhere').toMatchObject({ passed: false });
  expect(upstream.got('/lure')).toBe(false);
  if (attack.loosely && outcome.status === 0) return;
  if (attack.loosely) expect(String(outcome.status)).toMatch(/^4/);
  else {
    expect([...place.statuses, attack.also]).toContain(outcome.status);
    expect(outcome.body).toMatch(place.says);
  }
  if (outcome.body !== '') expect(outcome.body).not.toContain(keys.mesh.wit.kid);
}
