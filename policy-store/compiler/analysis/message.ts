import type { Named } from '../../resources/resource-key.ts';

/** Error: traffic is refused or let through against what the document says. Warning: likely so. Info: worth knowing. */
export type Severity = 'Error' | 'Warning' | 'Info';

/** From the lightest to the gravest. */
export const SEVERITIES: readonly Severity[] = ['Info', 'Warning', 'Error'];

export const atLeast = (severity: Severity, threshold: Severity): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(threshold);

/** One finding about one document. */
export interface Message {
  /** Stable: `GSM0101`. */
  readonly code: string;
  /** `PolicyNeverMatches`. */
  readonly name: string;
  readonly severity: Severity;
  /** What is the case, and what to do. */
  readonly message: string;
  readonly resource: Named;
  /** Where in the document: `spec.rules[0].from[1].source`. */
  readonly path: string;
  /** Page that explains it, in this repository. */
  readonly docs: string;
}
