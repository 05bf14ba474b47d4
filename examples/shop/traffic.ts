/** What customers do, and how often in a hundred. */
const ACTIONS = [
  { share: 70, method: 'GET', path: '/products' },
  { share: 25, method: 'POST', path: '/orders', body: '{"product":"mug","quantity":1}' },
  { share: 5, method: 'GET', path: '/pay-directly' },
] as const;

const PER_SECOND = 25;

/**
 * Sends a steady stream of requests to the gateway, like people with browsers.
 * @returns stops it
 */
export function startTraffic(gateway: string): () => void {
  const send = async (): Promise<void> => {
    const { method, path, ...rest } = pick(Math.random() * 100);
    const response = await fetch(`${gateway}${path}`, { method, ...rest, signal: AbortSignal.timeout(5000) });
    await response.arrayBuffer();
  };
  // What fails shows in the table: the mesh counts it.
  const timer = setInterval(() => void send().catch(() => undefined), 1000 / PER_SECOND);
  return () => clearInterval(timer);
}

function pick(point: number): (typeof ACTIONS)[number] {
  let sum = 0;
  for (const action of ACTIONS) {
    sum += action.share;
    if (point < sum) return action;
  }
  return ACTIONS[0];
}
