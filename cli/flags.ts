import type { Strength } from '../snapshot/chunk.ts';
import type { ExplainRequest } from '../snapshot/explanation.ts';
import type { ConnectionFlags } from './admin-client.ts';

/** Flags of every command that speaks to a policy store. */
export interface CommonFlags extends ConnectionFlags {
  readonly json?: boolean | undefined;
}

const text = (value: string): string => value;

/** Their definitions, to be spread into a command's own. */
export const commonFlags = {
  admin: {
    kind: 'parsed',
    parse: text,
    optional: true,
    placeholder: 'URL',
    brief: 'Policy store (or GOSSAMER_ADMIN; http://127.0.0.1:8082)',
  },
  tokenFile: {
    kind: 'parsed',
    parse: text,
    optional: true,
    placeholder: 'FILE',
    brief: 'File with the admin token (or GOSSAMER_ADMIN_TOKEN; .gossamer/admin-token)',
  },
  json: { kind: 'boolean', optional: true, withNegated: false, brief: 'Print one JSON document' },
} as const;

/** `-n`. */
export const namespaceFlag = {
  kind: 'parsed',
  parse: text,
  optional: true,
  placeholder: 'NS',
  brief: 'Namespace (default)',
} as const;

/** `-f`, any number of times; how many are needed is the command's to say. */
export const filesFlag = {
  kind: 'parsed',
  parse: text,
  variadic: true,
  optional: true,
  placeholder: 'PATH',
  brief: 'File, folder, config module (mesh.config.ts), or - for standard input; may be repeated',
} as const;

/** A TCP port; 0 asks for any free one. */
export function parsePort(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(port >= 0 && port <= 65_535)) throw new SyntaxError(`${JSON.stringify(value)} is no port (0..65535)`);
  return port;
}

/** A flag that takes a free text. */
export const textFlag = <const B extends string, const P extends string>(brief: B, placeholder: P) =>
  ({ kind: 'parsed', parse: text, optional: true, placeholder, brief }) as const;

export const portFlag = <const B extends string>(brief: B) =>
  ({ kind: 'parsed', parse: parsePort, optional: true, placeholder: 'PORT', brief }) as const;

export const switchFlag = <const B extends string>(brief: B) =>
  ({ kind: 'boolean', optional: true, withNegated: false, brief }) as const;

/** `-H`, any number of times. */
export const headerFlag = {
  kind: 'parsed',
  parse: text,
  variadic: true,
  optional: true,
  placeholder: 'NAME: VALUE',
  brief: 'Header of the request; may be repeated',
} as const;

/** How a caller that is asked about proves itself, and which callers stood before it. */
export const callerFlags = {
  strength: {
    kind: 'enum',
    values: ['bearer', 'proof', 'strict-proof', 'mtls'],
    optional: true,
    brief: 'How the caller proves its identity; absent: as the service asks',
  },
  via: {
    kind: 'parsed',
    parse: text,
    variadic: true,
    optional: true,
    placeholder: 'ID',
    brief: 'SPIFFE ID of an earlier caller, oldest first; may be repeated',
  },
} as const;

export interface CallerFlags {
  readonly strength?: Strength | undefined;
  readonly via?: readonly string[] | undefined;
}

/** The members of a question that these flags mean. */
export const callerAsked = ({ strength, via }: CallerFlags): Pick<ExplainRequest, 'strength' | 'via'> => ({
  ...(strength !== undefined && { strength }),
  ...(via !== undefined && { via }),
});
