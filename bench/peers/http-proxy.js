import { Agent, createServer } from 'node:http';
import httpProxy from 'http-proxy';
import { listening } from './listening.js';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const proxy = httpProxy.createProxyServer({ target: process.env.UPSTREAM, agent });
proxy.on('error', (error) => process.stderr.write(`${error}\n`));
const server = createServer((request, response) => proxy.web(request, response));
server.listen(0, '127.0.0.1', () => listening(server));
