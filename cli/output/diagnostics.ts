import type { Diagnostic } from '../../policy-store/resources/resource.ts';
import type { Colours } from './colours.ts';

/** `mesh.yaml:12:7: error: message [code]`, the form that editors and CI annotations understand. */
export function diagnosticLine(diagnostic: LocatedDiagnostic, colours: Colours): string {
  const { severity } = diagnostic;
  const place = placeOf(diagnostic);
  const word = severity === 'error' ? colours.red('error') : colours.yellow('warning');
  const subject = [diagnostic.resource, diagnostic.path].filter((part) => part !== undefined).join(' ');
  return `${place === '' ? '' : `${place}: `}${word}: ${subject === '' ? '' : `${subject}: `}${diagnostic.message} ${colours.dim(`[${diagnostic.code}]`)}\n`;
}

/** A diagnostic with the file that it is about. */
export interface LocatedDiagnostic extends Diagnostic {
  readonly file?: string | undefined;
}

function placeOf(diagnostic: LocatedDiagnostic): string {
  if (diagnostic.file === undefined) return '';
  const position = [diagnostic.line, diagnostic.column].filter((n) => n !== undefined);
  return [diagnostic.file, ...position].join(':');
}
