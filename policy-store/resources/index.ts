/** The policy language: every kind of document, reading them from text, and their names. */
export { type ParsedDocument, type ParsedDocuments, parseDocuments } from './documents/parse-documents.ts';
export { toYaml } from './documents/to-yaml.ts';
export type { KindInfo } from './kind.ts';
export { findKind, groupOf } from './kinds.ts';
export type { Condition, Diagnostic, Metadata, Resource } from './resource.ts';
export { resourceKey, resourceTitle } from './resource-key.ts';
export { validate } from './validate.ts';
