// Put behind fields.js: workerd is given one module. Only here is a client watched from the start, as the router has to.
const more = { watch: true, init: { cache: 'no-store' } };
export default { fetch: (request, env) => passOn(request, env.UPSTREAM, more) };
