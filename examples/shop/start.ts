import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { StatsAnswer } from '../../snapshot/telemetry.ts';
import { type Enrolled, makeKey, shopDocuments } from './documents.ts';
import { statsLines } from './live-table.ts';
import { Processes } from './processes.ts';
import { startTraffic } from './traffic.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string' }, 'free-ports': { type: 'boolean' } } });
const tty = process.stdout.isTTY === true;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Where `gossamer dev` says that it is. */
interface Ready {
  readonly gateway: string;
  readonly router: string;
  readonly admin: string;
  readonly adminTokenFile: string;
}

/** One process each; payments runs in two versions under one identity. */
const SERVICES = [
  { name: 'storefront', service: 'storefront', version: 'v1' },
  { name: 'catalog', service: 'catalog', version: 'v1' },
  { name: 'orders', service: 'orders', version: 'v1' },
  { name: 'payments-v1', service: 'payments', version: 'v1' },
  { name: 'payments-v2', service: 'payments', version: 'v2' },
] as const;

let stopTraffic = (): void => {};
let stopShowing = (): void => {};
let ending: Promise<void> | undefined;

const processes = new Processes((message) => {
  process.stderr.write(`${message}\n`);
  void end(1);
});

function end(code: number): Promise<void> {
  ending ??= (async () => {
    stopTraffic();
    stopShowing();
    say('\nstopping ...');
    await processes.stop();
    process.exit(code);
  })();
  return ending;
}
process.on('SIGINT', () => void end(0));
process.on('SIGTERM', () => void end(0));

/** Starts the mesh: an embedded database that keeps nothing, router and gateway in one process. */
async function startMesh(): Promise<Ready> {
  const ports = await Promise.all([8080, 8081, 8082].map((port) => portOrAny(port)));
  const [gateway = 0, router = 0, admin = 0] = ports;
  const cli = fileURLToPath(new URL('../../cli/gossamer.js', import.meta.url));
  const flags = ['--gateway-port', gateway, '--router-port', router, '--admin-port', admin].map(String);
  return new Promise((resolve) => {
    processes.start(
      'the mesh',
      [cli, 'dev', '--memory', '--log', 'json', ...flags],
      { GOSSAMER_DRAIN_LIMIT: '5s' },
      (line) => {
        if (line.includes('"event":"ready"')) resolve(JSON.parse(line) as Ready);
      },
    );
  });
}

/** The port if nobody listens there, else 0: any free one. */
async function portOrAny(port: number): Promise<number> {
  if (values['free-ports']) return 0;
  const taken = await new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
  return taken ? 0 : port;
}

/** @returns the port it listens on */
function startService(ready: Ready, of: (typeof SERVICES)[number], key: Enrolled): Promise<number> {
  const options = {
    name: of.service,
    version: of.version,
    spiffeId: `spiffe://mesh.local/ns/shop/sa/${of.service}`,
    router: ready.router,
    admin: ready.admin,
    privateJwk: key.privateJwk,
  };
  const program = fileURLToPath(new URL('./service.ts', import.meta.url));
  const child = processes.start(of.name, [program], { SHOP_SERVICE: JSON.stringify(options) });
  return new Promise((resolve) => child.once('message', (message: { port: number }) => resolve(message.port)));
}

async function apply(ready: Ready, token: string, documents: readonly object[]): Promise<void> {
  const response = await fetch(`${ready.admin}/v1/apply?wait=10s`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(documents),
  });
  if (!response.ok) throw new Error(`the policy store refused mesh.yaml: ${response.status} ${await response.text()}`);
}

function showLive(ready: Ready, token: string, notes: readonly string[]): () => void {
  const show = async (): Promise<void> => {
    const response = await fetch(`${ready.admin}/v1/stats?window=10s`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (!response.ok || ending !== undefined) return;
    const lines = statsLines((await response.json()) as StatsAnswer);
    // On a terminal one page that is written over; else lines that only grow.
    say(tty ? `\u001b[H\u001b[J${[...notes, '', ...lines].join('\n')}` : lines.join('\n'));
  };
  const timer = setInterval(() => void show().catch(() => undefined), tty ? 1000 : 5000);
  return () => clearInterval(timer);
}

function notesOf({ gateway, router, admin, adminTokenFile }: Ready): string[] {
  const question =
    '{"from":"spiffe://mesh.local/ns/shop/sa/storefront","method":"POST","url":"http://payments.shop.mesh/charges"}';
  return [
    `gateway ${gateway}   router ${router}   admin ${admin}`,
    '',
    'Try, in another terminal:',
    `  curl -i ${gateway}/products        # allowed: the edge may call storefront, storefront may call catalog`,
    `  curl -i ${gateway}/pay-directly    # denied: only orders may call payments`,
    `  curl -s ${admin}/v1/explain -H "authorization: Bearer $(cat ${adminTokenFile})" -H 'content-type: application/json' -d '${question}'`,
    '',
    'The same question for people:',
    `  npx gossamer explain --admin ${admin} --token-file ${adminTokenFile} --from spiffe://mesh.local/ns/shop/sa/storefront POST http://payments.shop.mesh/charges`,
    '',
    'Ctrl-C stops everything.',
  ];
}

async function main(): Promise<void> {
  const began = performance.now();
  say('starting the mesh ...');
  const ready = await startMesh();
  const token = readFileSync(ready.adminTokenFile, 'utf8').trim();
  say(`starting ${SERVICES.length} services ...`);
  const keys = new Map<string, Enrolled>();
  for (const { service } of SERVICES) keys.set(service, keys.get(service) ?? (await makeKey()));
  const started = SERVICES.map(async (of): Promise<[string, number]> => {
    return [of.name, await startService(ready, of, keys.get(of.service) as Enrolled)];
  });
  await apply(ready, token, shopDocuments(new Map(await Promise.all(started)), keys));
  const notes = [`The shop is open (${((performance.now() - began) / 1000).toFixed(1)} s).`, ...notesOf(ready)];
  say(notes.join('\n'));
  stopTraffic = startTraffic(ready.gateway);
  stopShowing = showLive(ready, token, notes);
  if (values.seconds !== undefined) setTimeout(() => void end(0), Number(values.seconds) * 1000);
}

await main().catch((thrown: unknown) => {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  return end(1);
});
