import { accessLine, type Log, type RequestRecord } from '../../router/index.ts';

/** One JSON object a line. */
function say(line: string): void {
  // biome-ignore lint/suspicious/noConsole: the one way out that all runtimes have
  console.log(line);
}

export const consoleLog: Log = (level, message, fields) =>
  say(JSON.stringify({ event: 'log', time: Date.now(), level, message, ...fields }));

export const consoleAccess = (record: RequestRecord): void => say(accessLine(record));

export const consoleReady = (members: Readonly<Record<string, string>>): void =>
  say(JSON.stringify({ event: 'ready', ...members }));
