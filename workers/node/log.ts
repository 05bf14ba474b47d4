import { styleText } from 'node:util';
import { accessLine, type Log, type RequestRecord } from '../../router/index.ts';

/** Where the program says what it does: one line each on standard output. */
export interface Voice {
  readonly log: Log;
  /** The one line that says that the program serves. */
  ready(members: Readonly<Record<string, string>>): void;
  access(record: RequestRecord): void;
}

export interface Lines {
  write(line: string): void;
  readonly isTTY?: boolean | undefined;
}

/** For programs: one JSON object a line. @param now milliseconds since the epoch */
export function jsonVoice(out: Lines, now: () => number): Voice {
  const say = (members: object): void => out.write(`${JSON.stringify(members)}\n`);
  return {
    log: (level, message, fields) => say({ event: 'log', time: now(), level, message, ...fields }),
    ready: (members) => say({ event: 'ready', ...members }),
    access: (record) => out.write(`${accessLine(record)}\n`),
  };
}

type Colour = 'red' | 'yellow' | 'green' | 'dim' | 'bold';

/** For people at a terminal. */
export function prettyVoice(out: Lines, colours: boolean): Voice {
  const paint = (colour: Colour, text: string): string =>
    colours ? styleText(colour, text, { validateStream: false }) : text;
  const say = (line: string): void => out.write(`${line}\n`);
  return {
    log: (level, message, fields) => {
      const colour = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'dim';
      say(`${paint(colour, level.padEnd(5))} ${message}${fieldsText(fields, (text) => paint('dim', text))}`);
    },
    ready: (members) => {
      const width = Math.max(...Object.keys(members).map((name) => name.length));
      say(paint('bold', 'gossamer is ready'));
      for (const [name, value] of Object.entries(members)) say(`  ${name.padEnd(width)}  ${value}`);
    },
    access: (record) => say(accessText(record, paint)),
  };
}

function accessText(record: RequestRecord, paint: (colour: Colour, text: string) => string): string {
  const { status, reason, attempts } = record;
  const colour = status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green';
  const target = record.backend ?? record.destination ?? (printable(record.host) || '-');
  const tries = attempts.length > 1 ? ` (${attempts.length} tries)` : '';
  const why = reason === undefined ? '' : ` ${reason}${record.detail ? `: ${printable(record.detail)}` : ''}`;
  return (
    `${paint(colour, String(status))} ${printable(record.method)} ${printable(record.path) || '-'} ` +
    `${paint('dim', `${record.source ?? '-'} ->`)} ${target} ${record.duration.toFixed(1)} ms${tries}${paint('yellow', why)}`
  );
}

/** What came from outside must not move a terminal's cursor. */
const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

function fieldsText(fields: Readonly<Record<string, unknown>> | undefined, dim: (text: string) => string): string {
  if (fields === undefined) return '';
  const words = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${printable(typeof value === 'string' ? value : JSON.stringify(value))}`);
  return words.length === 0 ? '' : ` ${dim(words.join(' '))}`;
}
