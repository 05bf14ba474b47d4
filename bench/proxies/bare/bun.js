// The least that passes a request on by Bun: Bun.serve in front, fetch behind.
const upstream = process.env.UPSTREAM;
const PATH = /^https?:\/\/[^/]*/;
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch({ method, headers, body, url }) {
    return fetch(upstream + url.replace(PATH, ''), { method, headers, body, redirect: 'manual', decompress: false });
  },
});
process.stdout.write(`${JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${server.port}` })}\n`);
