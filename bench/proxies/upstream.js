// An upstream that costs next to nothing: it answers every head that comes with the same bytes, and reads no further.
import { createServer } from 'node:net';

const BODY = JSON.stringify({ id: 'a1b2c3', items: Array.from({ length: 6 }, (_, n) => ({ sku: `sku-${n}`, n })) });
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

function serve(socket) {
  let rest = '';
  socket.setEncoding('latin1');
  socket.on('error', () => undefined);
  socket.on('data', (text) => {
    rest += text;
    let answers = '';
    for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
      rest = rest.slice(end + 4);
      answers += ANSWER;
    }
    if (answers !== '') socket.write(answers, 'latin1');
  });
}

/** Two ports, so that there are two endpoints to choose from. */
const listening = [1, 2].map(
  () =>
    new Promise((resolve) => {
      const server = createServer({ noDelay: true }, serve);
      server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
    }),
);
const [url, second] = await Promise.all(listening);
process.stdout.write(`${JSON.stringify({ event: 'ready', url, second })}\n`);
