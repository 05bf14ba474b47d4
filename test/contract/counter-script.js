// Plain JavaScript: the types of Workers and those of Node are not for one file of tests.
import { Counters, durableCounters } from '../../workers/cloudflare/counters.ts';

export { Counters };

/** Asks its Durable Objects what it is asked, as a router does. */
export default {
  async fetch(request, env) {
    const asked = await request.json();
    return Response.json(await durableCounters(env.GOSSAMER_COUNTERS).take(...asked));
  },
};
