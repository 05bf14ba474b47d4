import { afterAll, beforeAll, describe, test } from 'vitest';
import { conformanceTests, topology } from './case-format.ts';
import { TestCertificates } from './certificates.ts';
import { EchoBackends } from './echo-backends.ts';
import { exceptionFor } from './exceptions.ts';
import { MeshProcess } from './mesh-process.ts';
import { Replay } from './replay.ts';
import { closeConnections } from './send.ts';

const backends = new EchoBackends();
let mesh: MeshProcess;
let replay: Replay;

beforeAll(async () => {
  const { gateway, mesh: meshObjects } = topology();
  await backends.start([...gateway, ...meshObjects].filter((manifest) => manifest.kind === 'Deployment'));
  mesh = await MeshProcess.start();
  replay = new Replay(mesh, backends, await TestCertificates.create());
});

afterAll(async () => {
  closeConnections();
  await mesh?.stop();
  await backends.close();
});

for (const [index, suite] of conformanceTests().entries()) {
  describe(`${suite.test} (${index})`, () => {
    beforeAll(() => replay.apply(suite));
    for (const wanted of suite.cases) {
      const exception = exceptionFor(wanted, 'node');
      test.skipIf(exception !== undefined)(`${wanted.id} ${wanted.name}`, () => replay.check(wanted));
    }
  });
}
