/** What is wrong, or hardly meant, in documents that can be applied. */
export { type AnalysisOptions, analyse } from './analyse.ts';
export type { Analyzer } from './analyzer.ts';
export { ANALYZERS } from './analyzers.ts';
export { atLeast, type Message, SEVERITIES, type Severity } from './message.ts';
export { parseSuppression, type Suppression } from './suppression.ts';
