import process from 'node:process';
import { passOn } from './fields.js';

const upstream = Deno.env.get('UPSTREAM');
const ready = ({ port }) =>
  process.stdout.write(`${JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${port}` })}\n`);
Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: ready }, (request) => passOn(request, upstream, {}));
