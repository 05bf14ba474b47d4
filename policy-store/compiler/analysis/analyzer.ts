import type { Resource } from '../../resources/resource.ts';
import type { AnalysedMesh } from './analysed-mesh.ts';
import type { Severity } from './message.ts';

/** Takes one finding. @param path where in the document, `spec.rules[0]` */
export type Report = (resource: Resource, path: string, message: string) => void;

/** Looks for one kind of mistake. Pure. */
export interface Analyzer {
  /** Stable; its page is docs/analyzer/CODE.md. */
  readonly code: string;
  readonly name: string;
  readonly severity: Severity;
  /** What is looked for, in one line. */
  readonly brief: string;
  analyze(mesh: AnalysedMesh, report: Report): void;
}
