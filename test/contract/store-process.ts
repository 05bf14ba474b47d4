/**
 * A store on a data folder as a process of its own, for tests that kill it. `apply` of n makes the service s<n> and
 * writes `acknowledged <n>` when the store has said yes.
 */
import { createPolicyStore } from '../../policy-store/index.ts';
import { service, testOptions, testPorts } from './store-harness.ts';

const folder = process.argv[2] ?? '';
try {
  const store = await createPolicyStore(testPorts(), { ...(await testOptions()), database: { pglite: folder } });
  process.stdout.write('ready\n');
  for (let n = 0; ; n++) {
    await store.apply(service(`s${n}`), 'yaml', { actor: 'test' });
    process.stdout.write(`acknowledged ${n}\n`);
  }
} catch (error) {
  process.stdout.write(`failed ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
