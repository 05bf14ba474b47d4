import { Agent, createServer } from 'node:http';
import { createProxyServer } from 'httpxy';
import { listening } from './listening.js';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const proxy = createProxyServer({ target: process.env.UPSTREAM, agent });
const server = createServer((request, response) => {
  proxy.web(request, response).catch((error) => process.stderr.write(`${error}\n`));
});
server.listen(0, '127.0.0.1', () => listening(server));
