import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/**
 * What of the deploy bundle costs how much, as wrangler makes it: for each room, or with `files` for each file, its bytes
 * in the script and what gzip loses when it is left out. The parts add up to less than the whole: what two of them have
 * in common is lost with neither.
 *
 *   node tools/bundle-size.ts [router|gateway] [files]
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const [role = 'router', detail = 'rooms'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'gossamer-size-'));
const config = `workers/cloudflare/${role === 'router' ? '' : 'gateway.'}wrangler.jsonc`;
const wrangler = spawnSync(
  join(root, 'node_modules/.bin/wrangler'),
  ['deploy', '--dry-run', '--outdir', folder, '--metafile', '-c', config],
  { cwd: root, encoding: 'utf8', env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' } },
);
if (wrangler.status !== 0) throw new Error(`wrangler deploy --dry-run: ${wrangler.stdout}${wrangler.stderr}`);

interface Metafile {
  readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, { bytesInOutput: number }>> }>>;
}

const script = readFileSync(join(folder, `${role}.js`));
const { outputs } = JSON.parse(readFileSync(join(folder, 'bundle-meta.json'), 'utf8')) as Metafile;
rmSync(folder, { recursive: true });

const zipped = (bytes: Buffer): number => gzipSync(bytes, { level: 9 }).length;
const whole = zipped(script);
const inputs = Object.values(outputs).find((output) => Object.keys(output.inputs).length > 0)?.inputs ?? {};
const rooms = new Map<string, { bytes: number; ranges: [number, number][] }>();
let at = 0;
// esbuild lists what went into the script in the order in which it stands there.
for (const [path, { bytesInOutput: bytes }] of Object.entries(inputs)) {
  const file = join('workers/cloudflare', path);
  const name = detail === 'files' ? file : roomOf(file);
  const room = rooms.get(name) ?? { bytes: 0, ranges: [] };
  room.bytes += bytes;
  room.ranges.push([at, at + bytes]);
  rooms.set(name, room);
  at += bytes;
}

/** `router/identity` of what lies in it or below, `router` of its own files. */
function roomOf(file: string): string {
  return dirname(file).split('/').slice(0, 2).join('/');
}

function without(ranges: readonly (readonly [number, number])[]): Buffer {
  const kept: Buffer[] = [];
  let from = 0;
  for (const [start, end] of ranges) {
    kept.push(script.subarray(from, start));
    from = end;
  }
  return Buffer.concat([...kept, script.subarray(from)]);
}

console.log(`${role}: ${script.length} bytes, ${whole} with gzip -9`);
const rows = [...rooms].map(([name, { bytes, ranges }]) => ({ name, bytes, lost: whole - zipped(without(ranges)) }));
for (const { name, bytes, lost } of rows.sort((a, b) => b.lost - a.lost)) {
  console.log(`${String(bytes).padStart(7)} ${String(lost).padStart(6)}  ${name}`);
}
