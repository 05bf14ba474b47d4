import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type SteadyOptions, steadyLoad } from './steady.ts';

/**
 * An upstream that costs next to nothing: it answers every head that comes with the same bytes, and reads no further. Two
 * ports, so that there are two endpoints to choose from.
 *
 * On a third port it is asked for the load of a fixed rate. That one has to be here: where load and upstream share a
 * processor as two processes, each waits for the other's time slices (3 ms), ten times what is to be measured.
 */
const BODY = JSON.stringify({ id: 'a1b2c3', items: Array.from({ length: 6 }, (_, n) => ({ sku: `sku-${n}`, n })) });
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

function serve(socket: Socket): void {
  let rest = '';
  socket.setEncoding('latin1');
  socket.on('error', () => undefined);
  socket.on('data', (text: string) => {
    rest += text;
    let answers = '';
    for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
      rest = rest.slice(end + 4);
      answers += ANSWER;
    }
    if (answers !== '') socket.write(answers, 'latin1');
  });
}

const measure: RequestListener = async (request, response) => {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  response.end(JSON.stringify(await steadyLoad(JSON.parse(text) as SteadyOptions)));
};

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });

const [url, second, load] = await Promise.all([
  listen(createServer({ noDelay: true }, serve)),
  listen(createServer({ noDelay: true }, serve)),
  listen(createHttpServer(measure)),
]);
process.stdout.write(`${JSON.stringify({ event: 'ready', url, second, load })}\n`);
