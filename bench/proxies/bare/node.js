// The least that passes a request on by Node: node:http in front, undici's dispatch behind, nothing decided.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const pool = new Pool(process.env.UPSTREAM, { connections: 64 });
const NOT_PASSED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host']);

const server = createServer((request, response) => {
  const { rawHeaders } = request;
  const headers = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!NOT_PASSED.has(rawHeaders[i].toLowerCase())) headers.push(rawHeaders[i], rawHeaders[i + 1]);
  }
  const body = request.method === 'GET' ? null : request;
  pool.dispatch(
    { path: request.url, method: request.method, headers, body },
    {
      onRequestStart() {},
      onResponseStart(_controller, status, head) {
        response.writeHead(status, head);
      },
      onResponseData(_controller, chunk) {
        response.write(chunk);
      },
      onResponseEnd() {
        response.end();
      },
      onResponseError() {
        response.destroy();
      },
    },
  );
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${server.address().port}` })}\n`);
});
