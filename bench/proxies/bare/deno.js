// The least that passes a request on by Deno: Deno.serve in front, fetch behind.
import process from 'node:process';

const upstream = Deno.env.get('UPSTREAM');
const PATH = /^https?:\/\/[^/]*/;
Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: ({ port }) => ready(port) }, (request) => {
  const { method, headers, body } = request;
  return fetch(upstream + request.url.replace(PATH, ''), { method, headers, body, redirect: 'manual' });
});

function ready(port) {
  process.stdout.write(`${JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${port}` })}\n`);
}
