import type { Resource } from '../../resources/resource.ts';
import type { CompiledMesh } from '../compile-mesh.ts';
import { AnalysedMesh } from './analysed-mesh.ts';
import type { Analyzer } from './analyzer.ts';
import { ANALYZERS } from './analyzers.ts';
import type { Message } from './message.ts';
import { isSuppressed, type Suppression } from './suppression.ts';

/** What the documents do not say. */
export interface AnalysisOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The mesh is one of `gossamer dev`. */
  readonly dev?: boolean;
  readonly suppress?: readonly Suppression[];
}

/** More of one kind than a person reads; how many there are is said. */
const MAX_PER_ANALYZER = 200;

/**
 * What is wrong, or hardly meant, in documents that can be applied. Pure, never throws, ordered by document and place.
 * @param compiled what the documents compile to
 */
export function analyse(resources: readonly Resource[], compiled: CompiledMesh, options: AnalysisOptions): Message[] {
  const { now, dev = false, suppress = [] } = options;
  const mesh = new AnalysedMesh(resources, compiled, { now, dev });
  return ANALYZERS.flatMap((analyzer) => findingsOf(analyzer, mesh, suppress)).sort(byDocument);
}

function findingsOf(analyzer: Analyzer, mesh: AnalysedMesh, suppress: readonly Suppression[]): Message[] {
  const { code, name, severity } = analyzer;
  const found: Message[] = [];
  let more = 0;
  analyzer.analyze(mesh, (resource, path, text) => {
    const { apiVersion, kind, metadata } = resource;
    const named = { apiVersion, kind, metadata: { namespace: metadata.namespace, name: metadata.name } };
    const message = { code, name, severity, message: text, resource: named, path, docs: `docs/analyzer/${code}.md` };
    if (isSuppressed(message, resource, suppress)) return;
    if (found.length < MAX_PER_ANALYZER) found.push(message);
    else more++;
  });
  const last = found.at(-1);
  if (more > 0 && last !== undefined)
    found.push({ ...last, path: '', message: `${more} more of this kind are not shown` });
  return found;
}

const titleOf = ({ resource: { kind, metadata } }: Message): string => `${metadata.namespace}/${kind}/${metadata.name}`;

function byDocument(a: Message, b: Message): number {
  const [one, other] = [titleOf(a), titleOf(b)];
  if (one !== other) return one < other ? -1 : 1;
  return a.path === b.path ? 0 : a.path < b.path ? -1 : 1;
}
