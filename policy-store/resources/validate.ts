import { kindOf, unknownKind } from './kinds.ts';
import { diagnose, type Finding } from './schema/diagnose.ts';

const accepted = new WeakSet<object>();

/**
 * Checks a whole document against the schema of its kind. Empty: it is right, and may be read as its kind's type.
 * An object that was found right is not checked again: documents are never changed in place.
 */
export function validate(document: object): Finding[] {
  if (accepted.has(document)) return [];
  const { apiVersion, kind } = document as { apiVersion?: unknown; kind?: unknown };
  for (const [name, value] of Object.entries({ apiVersion, kind })) {
    if (typeof value === 'string' && value !== '') continue;
    const code = value === undefined ? 'missing-field' : 'wrong-type';
    return [
      {
        severity: 'error',
        code,
        message: `${name} is required and must be text: every document says what it is`,
        path: [name],
      },
    ];
  }
  const known = kindOf(String(apiVersion), String(kind));
  if (known === undefined) {
    return [{ severity: 'error', path: ['kind'], ...unknownKind(String(apiVersion), String(kind)) }];
  }
  const schema = 'spec' in document ? known.document : (known.rootDocument ?? known.document);
  const result = schema.safeParse(document);
  if (result.success) accepted.add(document);
  return result.success ? [] : diagnose(schema, document, result.error.issues);
}

/** Says that this object was made from a document that was found right. */
export const markValid = (document: object): void => void accepted.add(document);
