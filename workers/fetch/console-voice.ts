import type { Log } from '../../router/index.ts';

/** One JSON object a line, or several. */
export function say(line: string): void {
  // biome-ignore lint/suspicious/noConsole: the one way out that all runtimes have
  console.log(line);
}

export const consoleLog: Log = (level, message, fields) =>
  say(JSON.stringify({ event: 'log', time: Date.now(), level, message, ...fields }));

export const consoleReady = (members: Readonly<Record<string, string>>): void =>
  say(JSON.stringify({ event: 'ready', ...members }));
