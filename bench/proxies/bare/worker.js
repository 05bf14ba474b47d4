// The least that passes a request on by a Worker.
const PATH = /^https?:\/\/[^/]*/;
export default {
  fetch: (request, env) =>
    fetch(env.UPSTREAM + request.url.replace(PATH, ''), new Request(request, { redirect: 'manual' })),
};
