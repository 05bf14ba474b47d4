import type { RequestRecord } from '../../router/index.ts';

/** Which requests get an access line: every one, those that did not simply get their service's answer, or none. */
export type AccessLog = (typeof WORDS)[number];

const WORDS = ['all', 'refused', 'none'] as const;

/** @param word undefined: `all`. @param name what to call it. @throws Error that says what may be said */
export function accessLogOf(word: string | undefined, name: string): AccessLog {
  const found = WORDS.find((one) => one === (word ?? 'all'));
  if (found === undefined) throw new Error(`${name} is none of ${WORDS.join(', ')}`);
  return found;
}

/** Whether a request gets its line: a reason stands for a refusal, a failure, or an answer that broke off. */
export const isTold = (which: AccessLog, { reason }: Pick<RequestRecord, 'reason'>): boolean =>
  which === 'all' || (which === 'refused' && reason !== undefined);
