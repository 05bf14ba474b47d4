export { believed, IssuerKeys, type KeptKeys, type KeyShelf } from './issuer-keys.ts';
export { type IssuerSource, type OutsideFetch, type OutsideRules, sourceId } from './issuer-source.ts';
export { KeySetRejected, readKeySet } from './read-key-set.ts';
