import { CLASSES, type ClassName, except } from './token-class.ts';

/** Why a row has no case for some classes. */
export interface Exception {
  readonly row: number;
  readonly classes: readonly ClassName[];
  readonly reason: string;
  /** Where it is tried all the same. */
  readonly tried?: string;
}

/** The attacks on tokens, in our own words. Each is tried on every class, or says why not. */
export const ROWS: Readonly<Record<number, string>> = {
  1: 'no signature at all',
  2: 'a public key as a shared secret',
  3: 'another algorithm than that of the key',
  4: 'nothing says which key',
  5: 'a key ID that is more than a name',
  6: 'a token that brings its own key',
  7: 'extensions that change how it is read',
  8: 'a member that stands twice',
  9: 'members that programs trip over',
  10: 'two texts for one token',
  11: 'more than anybody has to read',
  12: 'dates that are no dates',
  13: 'dates beyond what clocks may differ by',
  14: 'subjects that two readers read differently',
  15: 'made for somebody else, nearly',
  16: 'made by somebody else, nearly',
  17: 'one class of token for another',
  18: "another one's key",
  19: 'signatures of a form that they must not have',
  20: 'used before',
  21: 'keys that prove nothing',
  22: 'two keys under one name',
  23: 'encrypted, or packed',
  24: 'half of a credential, or one for something else',
  25: 'assertions of clients',
  26: 'text that is no text',
};

const KEY_OF_THE_MESH = 'Its key is one of the mesh, which makes none but ES256 keys.';
const BOUND_BY_WIT = 'Its key is the one in the WIT, whose cases these are.';
const FROM_THE_BUNDLE = 'Its keys come from the trust bundle, which is refused whole.';

export const EXCEPTIONS: readonly Exception[] = [
  {
    row: 4,
    classes: ['WPT', 'strict WPT', 'DPoP proof'],
    reason: 'It has no kid: the WIT or the proof itself holds the key. A kid is refused (row 5).',
  },
  { row: 4, classes: ['client assertion'], reason: 'The keys are those of its Workload; a kid is only a hint.' },
  {
    row: 4,
    classes: ['end-user token'],
    reason: "Issuers may leave it out: then at most four of the issuer's keys are tried.",
  },
  { row: 14, classes: ['WPT', 'strict WPT', 'DPoP proof'], reason: 'It has no sub.' },
  { row: 16, classes: ['WPT', 'strict WPT', 'DPoP proof'], reason: 'It has no iss.' },
  {
    row: 16,
    classes: ['Mesh-Call', 'Mesh-Parent-Call'],
    reason: "Its iss is the router's own name, told and not judged: the hop key says who made it.",
  },
  {
    row: 20,
    classes: ['WIT', 'WPT', 'JWT-SVID', 'Mesh-Parent-Call', 'end-user token', 'subject token'],
    reason: 'It may be sent again while it lives; another text of it is the same token, or refused by row 10.',
  },
  { row: 21, classes: ['WPT', 'strict WPT'], reason: BOUND_BY_WIT },
  { row: 21, classes: ['JWT-SVID', 'Mesh-Parent-Call', 'Mesh-Call'], reason: KEY_OF_THE_MESH },
  {
    row: 21,
    classes: ['client assertion'],
    reason: 'Its key is registered, and a bad one is refused then.',
    tried: 'policy-store/issuer/workload-key.test.ts',
  },
  {
    row: 22,
    classes: ['WIT', 'JWT-SVID', 'Mesh-Parent-Call', 'Mesh-Call'],
    reason: FROM_THE_BUNDLE,
    tried: 'router/identity/trust-keys.test.ts',
  },
  { row: 22, classes: ['WPT', 'strict WPT', 'DPoP proof', 'client assertion'], reason: 'No key is found by its name.' },
  {
    row: 24,
    classes: ['client assertion', 'subject token'],
    reason: 'It is one field of a form, and a field that comes twice is refused.',
    tried: 'policy-store/issuer/token-request.test.ts',
  },
  { row: 25, classes: except('client assertion'), reason: 'The row is of client assertions alone.' },
];

/** Classes that a row has to be tried on. */
export const classesOf = (row: number): ClassName[] =>
  CLASSES.filter((name) => !EXCEPTIONS.some((one) => one.row === row && one.classes.includes(name)));
