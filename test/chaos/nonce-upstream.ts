/**
 * A service as a process of its own: `node nonce-upstream.ts PORT LEDGER NAME`. It answers with the nonce of the request,
 * `x-times` times, and writes each one into the ledger before it answers: the file outlives a kill.
 */
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const [port, ledger, name] = process.argv.slice(2) as [string, string, string];

const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
  try {
    const nonce = String(request.headers['x-nonce']);
    const body = await text(request);
    appendFileSync(ledger, `${request.method} ${nonce} ${body.length}\n`);
    const answer = `${nonce};`.repeat(Number(request.headers['x-times'] ?? 1));
    response.writeHead(200, { 'content-type': 'text/plain', 'x-nonce': nonce, 'x-from': name }).end(answer);
  } catch {
    // The request broke off: it was not processed, and nobody is there to be told.
    response.destroy();
  }
});
server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address() as { port: number };
  process.stdout.write(`${JSON.stringify({ event: 'ready', port: String(address.port) })}\n`);
});
