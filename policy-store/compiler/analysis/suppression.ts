import type { Resource } from '../../resources/resource.ts';
import type { Message } from './message.ts';

/** `gossamer.mesh/suppress: "GSM0101,GSM02*"` on a document. */
const ANNOTATION = 'gossamer.mesh/suppress';

/** Messages of some code about some document that are not to be shown. `*` stands for any text in both. */
export interface Suppression {
  readonly code: string;
  /** `Kind namespace/name`, `Kind name` where there is no namespace. */
  readonly resource: string;
}

/** @returns undefined when the text is no `CODE=Kind namespace/name` */
export function parseSuppression(text: string): Suppression | undefined {
  const [, code, resource] = /^([A-Za-z0-9*]+)=(\S.*)$/.exec(text.trim()) ?? [];
  return code === undefined || resource === undefined ? undefined : { code, resource };
}

/** Whether a message is not to be shown, by its document or by who asks. */
export function isSuppressed(message: Message, resource: Resource, asked: readonly Suppression[]): boolean {
  const { namespace, name } = resource.metadata;
  const named = `${resource.kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
  if (asked.some((one) => fits(one.code, message.code) && fits(one.resource, named))) return true;
  const codes = resource.metadata.annotations?.[ANNOTATION] ?? '';
  return codes.split(',').some((code) => code.trim() !== '' && fits(code.trim(), message.code));
}

/** Without backtracking: the parts between stars are found from left to right. */
function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length && text.endsWith(last);
}
