import { passOn } from './fields.js';

const upstream = process.env.UPSTREAM;
const more = { init: { decompress: false } };
const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: (request) => passOn(request, upstream, more) });
process.stdout.write(`${JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${server.port}` })}\n`);
