import { afterAll, beforeAll, describe } from 'vitest';
import { type StrengthMesh, startStrengthMesh, strengthCases } from './cases/strengths.ts';
import { stopAll } from './process.ts';
import { type Member, RUNTIMES } from './runtimes.ts';

let mesh: StrengthMesh;
beforeAll(async () => {
  mesh = await startStrengthMesh();
});
afterAll(async () => {
  await mesh?.stop();
  await stopAll();
});

describe.each(RUNTIMES)('on $name', (runtime) => {
  let router: Member;
  beforeAll(async () => {
    router = await runtime.start('router', mesh.store.joinFile);
  });
  afterAll(() => router?.stop());

  strengthCases(() => ({ mesh, router }), runtime.name);
});
