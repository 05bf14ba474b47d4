import type { Part, Sketch } from './forge.ts';

/** Every kind of token that anything of the mesh believes. */
export const CLASSES = [
  'WIT',
  'WPT',
  'strict WPT',
  'JWT-SVID',
  'Mesh-Parent-Call',
  'end-user token',
  'Mesh-Call',
  'client assertion',
  'DPoP proof',
  'subject token',
] as const;
export type ClassName = (typeof CLASSES)[number];

/** How a token is sent. */
export interface Sent {
  readonly text: string;
  /** `twice`: in two fields. `alone`: without its other half. `as-bearer`: in Authorization. Else where it belongs. */
  readonly how?: 'twice' | 'alone' | 'as-bearer';
  readonly host?: string;
  readonly method?: string;
  readonly query?: string;
  readonly body?: string;
}

/** What came of it. */
export interface Outcome {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  readonly body: string;
  /** What is guarded happened: the service got it, a token was handed out. */
  readonly passed: boolean;
}

/** Where tokens of one class are tried. */
export interface Place {
  readonly name: ClassName;
  /** Statuses of its refusals. */
  readonly statuses: readonly number[];
  /** What their bodies say. */
  readonly says: RegExp;
  /** One that is good, and was never used. */
  sketch(): Promise<Sketch>;
  ask(sent: Sent): Promise<Outcome>;
}

/** What an attacker has besides the good token: more than any has, all keys of the mesh included. */
export interface Loot {
  /** Seconds since the epoch. */
  readonly now: number;
  readonly place: Place;
  /** A key that nobody knows. */
  readonly stranger: Sketch['key'];
  /** Good tokens of every class that is tried here. */
  readonly others: ReadonlyMap<ClassName, Place>;
  /** Where nobody must ask for keys. */
  readonly lure: string;
  /** An RSA key of 1024 bits that an issuer publishes as `weak`, signs. */
  signWeakly(header: Part, claims: Part): Promise<string>;
  /** Keys of which both stand under one kid, `twin`, at an issuer. */
  readonly twin: Sketch['key'];
  /** The key that another issuer has under the same kid. */
  readonly namesake: Sketch['key'];
  /** Keys of the mesh by class. */
  readonly keys: Readonly<Record<'wit' | 'jwt' | 'hop', { readonly kid: string; readonly key: Sketch['key'] }>>;
}

export interface TokenAttack {
  /** Of the list of attacks on tokens, see `rows.ts`. */
  readonly row: number;
  readonly name: string;
  readonly classes: readonly ClassName[];
  /** The token, spoilt, or a way to send it. */
  readonly spoil: (good: Sketch, loot: Loot) => Promise<string | Sent> | string | Sent;
  /** A status besides those of the class. */
  readonly also?: number;
  /** Any 4xx or a closed connection: the HTTP server may be ahead of us, or another check. */
  readonly loosely?: true;
}

export const except = (...names: ClassName[]): ClassName[] => CLASSES.filter((name) => !names.includes(name));
