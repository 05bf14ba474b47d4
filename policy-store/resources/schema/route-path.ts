import * as z from 'zod';

const CHARACTERS = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/;
const NEVER = ['//', '/./', '/../', '%2f', '%2F', '%5c', '%5C'];

/** What is wrong with a path that a route matches or writes; undefined when nothing is (Gateway API HTTPPathMatch). */
export function pathProblem(text: string): string | undefined {
  if (!text.startsWith('/')) return 'must start with /';
  if (!CHARACTERS.test(text)) return 'has characters that must be written as %XX, or a broken escape';
  const wrong = NEVER.find((piece) => text.includes(piece));
  if (wrong !== undefined) return `contains ${wrong}: the router refuses such paths, so this would never match`;
  if (text.endsWith('/..') || text.endsWith('/.')) return 'ends with a dot segment, which never matches';
  return undefined;
}

/** Absolute path without query. */
export const routePath = z
  .string()
  .min(1)
  .max(1024)
  .check((ctx) => {
    const message = pathProblem(ctx.value);
    if (message !== undefined) ctx.issues.push({ code: 'custom', message, input: ctx.value });
  });

/** A replacement for a matched prefix: may also be empty, which removes the prefix. */
export const prefixReplacement = z
  .string()
  .max(1024)
  .check((ctx) => {
    const message = ctx.value === '' ? undefined : pathProblem(ctx.value);
    if (message !== undefined) ctx.issues.push({ code: 'custom', message, input: ctx.value });
  });
