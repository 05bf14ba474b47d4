/** Tells the benchmark where a proxy listens. */
export function listening(server) {
  const { port } = server.address();
  process.stdout.write(`${JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${port}` })}\n`);
}
