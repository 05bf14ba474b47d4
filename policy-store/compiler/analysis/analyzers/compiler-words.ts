import type { Diagnostic, Resource } from '../../../resources/resource.ts';
import { resourceTitle } from '../../../resources/resource-key.ts';
import type { AnalysedMesh } from '../analysed-mesh.ts';
import type { Analyzer, Report } from '../analyzer.ts';

/** Said by an analyzer of its own. */
const ELSEWHERE = new Set(['principal-without-trust-domain', 'fallback-to-itself']);

function say(mesh: AnalysedMesh, severity: Diagnostic['severity'], report: Report): void {
  const found = mesh.compiled.diagnostics.filter((one) => one.severity === severity && !ELSEWHERE.has(one.code));
  if (found.length === 0) return;
  const byTitle = new Map(mesh.resources.map((resource): [string, Resource] => [resourceTitle(resource), resource]));
  for (const { resource: title = '', path = '', message, code } of found) {
    const resource = byTitle.get(title);
    // The message starts with the place.
    const text = message.startsWith(`${path} `) ? message.slice(path.length + 1) : message;
    if (resource !== undefined) report(resource, path, `${text} [${code}]`);
  }
}

export const refusedAtApply: Analyzer = {
  code: 'GSM0003',
  name: 'RefusedAtApply',
  severity: 'Error',
  brief: 'The policy store would not take these documents',
  analyze: (mesh, report) => say(mesh, 'error', report),
};

export const warnedAtApply: Analyzer = {
  code: 'GSM0004',
  name: 'WarnedAtApply',
  severity: 'Warning',
  brief: 'The policy store takes a document, with a warning',
  analyze: (mesh, report) => say(mesh, 'warning', report),
};
