import { afterAll, beforeAll, describe, test } from 'vitest';
import { stopAll } from '../blackbox/process.ts';
import { RUNTIMES } from '../blackbox/runtimes.ts';
import { conformanceTests, topology } from './case-format.ts';
import { TestCertificates } from './certificates.ts';
import { EchoBackends } from './echo-backends.ts';
import { exceptionFor, factsOf } from './exceptions.ts';
import { MeshProcess } from './mesh-process.ts';
import { DevPlaces, type Places, RuntimePlaces } from './places.ts';
import { Replay } from './replay.ts';
import { closeConnections } from './send.ts';

const backends = new EchoBackends();
let mesh: MeshProcess;
let certificates: TestCertificates;

beforeAll(async () => {
  const { gateway, mesh: meshObjects } = topology();
  await backends.start([...gateway, ...meshObjects].filter((manifest) => manifest.kind === 'Deployment'));
  mesh = await MeshProcess.start();
  certificates = await TestCertificates.create();
});

afterAll(async () => {
  closeConnections();
  await mesh?.stop();
  await backends.close();
  await stopAll();
});

describe.each(RUNTIMES)('on $name', (runtime) => {
  let places: Places;
  let replay: Replay;
  beforeAll(() => {
    places = runtime.name === 'node' ? new DevPlaces(mesh) : new RuntimePlaces(runtime, mesh.joinFile);
    replay = new Replay({ mesh, backends, certificates, places, runtime: factsOf(runtime.name) });
  });
  afterAll(() => places?.stop());

  for (const [index, suite] of conformanceTests().entries()) {
    const cases = suite.cases.map((wanted) => ({ wanted, exception: exceptionFor(wanted, runtime.name) }));
    if (cases.every(({ exception }) => exception !== undefined)) continue;
    describe(`${suite.test} (${index})`, () => {
      beforeAll(() => replay.apply(suite));
      for (const { wanted, exception } of cases) {
        test.skipIf(exception !== undefined)(`${wanted.id} ${wanted.name}`, () => replay.check(wanted));
      }
    });
  }
});
