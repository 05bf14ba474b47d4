import type { Message, Severity } from '../../policy-store/compiler/analysis/index.ts';
import { resourceTitle } from '../../policy-store/resources/index.ts';
import type { Colours } from './colours.ts';

/** A message, and where its document was written, when that is a file. */
export interface LocatedMessage extends Message {
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  readonly column?: number;
}

/** As istioctl prints them: `Error [GSM0101] (AuthorizationPolicy shop/x mesh.yaml:12:5) spec.rules[0] allows nothing: ...` */
export function messageLines(messages: readonly LocatedMessage[], colours: Colours): string {
  if (messages.length === 0) return `${colours.green('✔')} Nothing found.\n`;
  const lines = messages.map((message) => {
    const { severity, code, resource, path, message: text } = message;
    const place = [message.file, message.line, message.column].filter((part) => part !== undefined).join(':');
    const where = [resourceTitle(resource), place].filter((part) => part !== '').join(' ');
    return `${painted(severity, colours)} [${code}] (${where}) ${path === '' ? '' : `${path} `}${text}\n`;
  });
  const pages = [...new Set(messages.map(({ docs }) => docs))];
  return `${lines.join('')}\nSee ${pages.slice(0, 8).join(', ')}${pages.length > 8 ? ', ...' : ''}\n`;
}

function painted(severity: Severity, colours: Colours): string {
  if (severity === 'Error') return colours.red(severity);
  return severity === 'Warning' ? colours.yellow(severity) : colours.dim(severity);
}
