import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stopAll } from '../../blackbox/process.ts';
import { type Role, RUNTIMES, type Runtime } from '../../blackbox/runtimes.ts';
import { type AttackedMesh, closeDoors, type Doors, openDoors, startAttackedMesh } from '../attacked-mesh.ts';
import { INNER_WORDS, OPEN } from '../documents.ts';
import { type Outcome, Wire } from '../wire.ts';
import { ATTACKS } from './all-attacks.ts';
import { type Attack, type Draft, written } from './attack.ts';
import { callerCases, lookalikeCases, type Meeting } from './callers.ts';
import { exceptionOf } from './exceptions.ts';

let mesh: AttackedMesh;
beforeAll(async () => {
  mesh = await startAttackedMesh();
});
afterAll(async () => {
  await mesh?.stop();
  await stopAll();
});

describe.each(RUNTIMES)('on $name', (runtime) => {
  let doors: Doors | undefined;
  beforeAll(async () => {
    doors = await openDoors(runtime, mesh);
  });
  afterAll(() => closeDoors(doors));

  describe.each<Role>(['router', 'gateway'])('at the %s', (role) => {
    const at = (): string => (doors as Doors)[role].url;
    const attacks = ATTACKS.filter(({ roles }) => roles === undefined || roles.includes(role));
    test.each(attacks)('$row $name', (attack) => tried(attack, runtime, role, at()));

    const meeting = (): Meeting => ({
      mesh,
      url: at(),
      draft: (id, caller) => draftAt(role, id, caller),
    });
    callerCases(meeting);
    if (role === 'router') lookalikeCases(meeting);

    test('4.14 a redirect of the service is returned, not followed', async () => {
      const id = randomUUID();
      const answer = await asked(at(), { ...(await draftAt(role, id)), target: `${OPEN}moved?${id}` });
      expect(answer).toMatchObject({ status: 302 });
      expect(mesh.upstream.of(id)).toHaveLength(1);
      expect(mesh.upstream.got('/followed')).toBe(false);
    });

    test('4.22 what the service says in the name of the mesh goes no further', async () => {
      const answer = await asked(at(), { ...(await draftAt(role, randomUUID())), target: `${OPEN}leaky` });
      expect(answer).toMatchObject({ status: 200, head: expect.not.stringContaining('leak') });
    });
  });
});

/** A plain request that is good at this door. */
async function draftAt(role: Role, id: string, caller = mesh.cart): Promise<Draft> {
  const identity = role === 'router' ? await caller.headersFor('vault.shop.mesh') : {};
  const lines = Object.entries(identity).map(([name, value]) => `${name}: ${value}`);
  const host = role === 'router' ? 'vault.shop.mesh' : 'www.shop.example';
  const target = `${OPEN}${id}`;
  return { method: 'GET', target, version: 'HTTP/1.1', lines: [`Host: ${host}`, ...lines, `X-Test: ${id}`], body: '' };
}

async function asked(url: string, draft: Draft): Promise<Outcome> {
  const wire = await Wire.open(url);
  wire.send(written(draft));
  const answer = await wire.answer();
  wire.end();
  return answer;
}

/** It is answered by the service, with its own answer. */
async function good(wire: Wire, draft: Draft, id: string): Promise<void> {
  wire.send(written(draft));
  const answer = await wire.answer();
  expect(answer).toMatchObject({ status: 200 });
  expect(typeof answer === 'object' && JSON.parse(answer.body)).toMatchObject({ test: id });
}

async function tried(attack: Attack, runtime: Runtime, role: Role, url: string): Promise<void> {
  const { control = (draft) => draft, poison } = attack;
  const [first, outer, inner, later] = Array.from({ length: 4 }, () => randomUUID()) as [
    string,
    string,
    string,
    string,
  ];
  const wire = await Wire.open(url);
  await good(wire, control(await draftAt(role, first)), first);
  expect(mesh.upstream.of(first)).toMatchObject([{ complete: true }]);

  const made = poison(control(await draftAt(role, outer)), written(await draftAt(role, inner)));
  wire.send(typeof made === 'string' ? made : written(made));
  const answer = await wire.answer(typeof made === 'string' ? 'GET' : made.method);
  const excepted = exceptionOf(attack.name, runtime)?.outcome ?? [];
  // Whatever was smuggled would be answered before this one, or in its place.
  if (!wire.closed && excepted.every((one) => one === 'arrives')) {
    await unaffected(wire, await draftAt(role, later), later);
  }
  wire.end();
  const other = await Wire.open(url);
  const clean = randomUUID();
  await good(other, await draftAt(role, clean), clean);
  other.end();

  const arrived = mesh.upstream.of(outer);
  for (const { target } of [...arrived, ...mesh.upstream.of(inner)]) expect(target).toMatch(/^\/open\//);
  expect(arrived.length).toBeLessThanOrEqual(1);
  for (const one of arrived) expect(JSON.stringify(one)).not.toMatch(attack.lacks ?? /^never$/);
  if (!excepted.includes('reads-on')) expect(mesh.upstream.of(inner)).toEqual([]);
  if (excepted.length === 1 && excepted[0] === 'arrives') expect(arrived).toHaveLength(1);
  if (attack.outcome === 'harmless' || excepted.includes('arrives')) return;
  expect(arrived.filter(({ complete }) => complete)).toEqual([]);
  if (excepted.includes('fails')) {
    if (typeof answer === 'object') expect(answer.status).toBeGreaterThanOrEqual(400);
    return;
  }
  expectRefused(answer, attack, runtime);
  if (attack.outcome === 'refused') expect(mesh.upstream.got(outer)).toBe(false);
}

/** The next request on the connection is served as if nothing had been, or the connection ends. */
async function unaffected(wire: Wire, draft: Draft, id: string): Promise<void> {
  wire.send(written(draft));
  const answer = await wire.answer();
  if (answer === 'closed') return;
  expect(answer).toMatchObject({ status: 200 });
  expect(typeof answer === 'object' && JSON.parse(answer.body)).toMatchObject({ test: id });
}

function expectRefused(answer: Outcome, { status = [400] }: Pick<Attack, 'status'>, runtime: Runtime): void {
  if (typeof answer === 'object') {
    if (runtime.name === 'node') expect(status).toContain(answer.status);
    else expect(String(answer.status)).toMatch(/^(4..|501)$/);
    for (const word of INNER_WORDS) expect(answer.body).not.toContain(word);
  } else expect(answer).toBe('closed');
}
