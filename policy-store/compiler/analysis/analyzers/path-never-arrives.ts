import { canonicalPathText } from '../../authorization/path-text.ts';
import type { Analyzer } from '../analyzer.ts';
import { shown, valuesOf } from '../policy-values.ts';

export const pathNeverArrives: Analyzer = {
  code: 'GSM0119',
  name: 'PathNeverArrives',
  severity: 'Error',
  brief: 'A policy names a path in a form in which no path reaches it',
  analyze(mesh, report) {
    for (const { policy, path, value } of valuesOf(mesh, 'paths', '')) {
      const why = reasonOf(canonicalPathText(value));
      if (why !== undefined) report(policy.resource, path, `no call has a path like ${shown(value)}: ${why}`);
    }
  },
};

/** What routers refuse before any policy is asked (router/routing/canonical-target.ts). */
function reasonOf(pattern: string): string | undefined {
  if (!/^[/*]/.test(pattern)) return 'paths start with a slash';
  const text = pattern.replace(/^\*|\*$/g, '');
  if (text.includes('//')) return 'a path with an empty segment (//) is refused';
  // An end that goes on behind the star may be the beginning of a longer name.
  const whole = pattern.endsWith('*') ? text : `${text}/`;
  if (/\/\.{1,2}\//.test(whole)) return 'a path with a dot segment is refused';
  if (/%(?:[01][0-9A-F]|7F|2F|5C)/i.test(text)) return 'an escaped slash, backslash or control character is refused';
  if (/%25[0-9A-F]{2}/i.test(text)) return 'an escape that is itself escaped is refused';
  if (/[;\\]/.test(text)) return 'a semicolon or backslash in a path is refused';
  return undefined;
}
