import * as z from 'zod';
import type { Diagnostic } from '../resource.ts';
import { didYouMean } from './closest.ts';
import { adviceForField, adviceForValue } from './fields.ts';
import { schemaAt } from './schema-at.ts';

/** A path as zod gives it. */
export type Path = readonly PropertyKey[];

/** What is wrong at one place of a document, before its position in the text is known. */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly path: Path;
  readonly severity: Diagnostic['severity'];
}

/** `spec.rules[0].backendRefs[1].prot`, as Kubernetes writes it. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(String(step))) text += `${text === '' ? '' : '.'}${String(step)}`;
    else text += `[${JSON.stringify(String(step))}]`;
  }
  return text;
}

/** Puts what zod found into the words of people who write policies. `value` is the document that was checked. */
export function diagnose(schema: z.core.$ZodType, value: unknown, issues: readonly z.core.$ZodIssue[]): Finding[] {
  return issues.flatMap((issue) => {
    const found = findings(schema, issue, valueAt(value, issue.path));
    return found.map((finding) => ({ severity: 'error' as const, path: issue.path, ...finding }));
  });
}

type Found = Pick<Finding, 'code' | 'message'> & { path?: Path };

function findings(schema: z.core.$ZodType, issue: z.core.$ZodIssue, value: unknown): Found[] {
  const here = pathText(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField(schemaAt(schema, issue.path), issue.path, key));
    case 'invalid_type':
      return [
        value === undefined ? missing(here) : { code: 'wrong-type', message: wrongType(here, issue.expected, value) },
      ];
    case 'invalid_value':
      return [
        value === undefined ? missing(here) : wrongValue(schemaAt(schema, issue.path), here, issue.values, value),
      ];
    case 'too_small':
    case 'too_big':
      return [{ code: 'out-of-range', message: outOfRange(here, issue) }];
    case 'custom': {
      const code: unknown = issue.params?.code;
      return [{ code: typeof code === 'string' ? code : 'invalid-value', message: `${here} ${issue.message}` }];
    }
    case 'invalid_key':
      return [{ code: 'invalid-value', message: `${here} is not a valid name: ${issue.issues[0]?.message ?? ''}` }];
    case 'invalid_union':
      return [{ code: 'wrong-type', message: `${here} ${issue.message}` }];
    default:
      return [{ code: 'invalid-value', message: `${here} ${issue.message}` }];
  }
}

const missing = (here: string): Found => ({ code: 'missing-field', message: `${here} is required: add it` });

function unknownField(schema: z.core.$ZodType | undefined, path: Path, key: string): Found {
  const full = [...path, key];
  const here = pathText(full);
  if (!(schema instanceof z.ZodObject)) return { code: 'unknown-field', message: `${here} is not known`, path: full };
  const advice = adviceForField(schema, key);
  if (advice !== undefined) {
    return { code: 'not-supported-yet', message: `${here} is not supported yet: ${advice}`, path: full };
  }
  const known = Object.keys(schema.def.shape);
  return { code: 'unknown-field', message: `${here} is not known${didYouMean(key, known)}`, path: full };
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
  record: 'a map of names to text',
};

function typeOf(value: unknown): string {
  if (value === null) return 'empty (null)';
  if (Array.isArray(value)) return 'a list';
  return TYPE_NAMES[typeof value] ?? typeof value;
}

function wrongType(here: string, expected: string, value: unknown): string {
  const wanted = TYPE_NAMES[expected] ?? expected;
  if (value === null) return `${here} is empty: give it ${wanted}, or remove it`;
  const quote = expected === 'string' && typeof value !== 'object' ? ': put it in quotes' : '';
  return `${here} must be ${wanted}, but is ${typeOf(value)}${quote}`;
}

function wrongValue(
  schema: z.core.$ZodType | undefined,
  here: string,
  allowed: readonly unknown[],
  value: unknown,
): Found {
  const list = allowed.map(String);
  if (typeof value !== 'string') {
    return { code: 'wrong-type', message: `${here} must be one of ${list.join(', ')}, but is ${typeOf(value)}` };
  }
  const advice = schema && adviceForValue(schema, value);
  if (advice !== undefined) {
    return { code: 'not-supported-yet', message: `${here}: ${value} is not supported yet: ${advice}` };
  }
  const shown = value.length > 60 ? 'a long text' : JSON.stringify(value);
  const message = `${here} must be one of ${list.join(', ')}, not ${shown}${didYouMean(value, list)}`;
  return { code: 'invalid-value', message };
}

function outOfRange(here: string, issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const [word, bound] = issue.code === 'too_small' ? ['at least', issue.minimum] : ['at most', issue.maximum];
  const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
  return `${here} must ${issue.origin === 'array' ? 'have' : 'be'} ${word} ${bound}${unit}`;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  return at;
}
