import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';

const options = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { requests, latency, errors, timeouts, non2xx } = await autocannon(options);
process.stdout.write(
  JSON.stringify({
    rps: requests.average,
    p99: latency.p99,
    status: non2xx,
    connection: errors - timeouts,
    timeout: timeouts,
  }),
);
