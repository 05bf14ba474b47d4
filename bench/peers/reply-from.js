import replyFrom from '@fastify/reply-from';
import fastify from 'fastify';
import { listening } from './listening.js';

const app = fastify();
app.register(replyFrom, { base: process.env.UPSTREAM, undici: { connections: 64, pipelining: 1 } });
app.all('/*', (request, reply) => reply.from(request.raw.url));
await app.listen({ port: 0, host: '127.0.0.1' });
listening(app.server);
