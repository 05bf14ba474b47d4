/** `{*}` is one segment, `{**}` any rest, slashes included; both fill a whole segment and `{**}` is the last of them. */
export const isTemplate = (pattern: string): boolean => /[{}]/.test(pattern);

/**
 * Istio's path templates (AuthorizationPolicy, `paths`).
 * @returns undefined when the text is no valid template
 */
export function compileTemplate(template: string): ((path: string) => boolean) | undefined {
  if (!template.startsWith('/')) return undefined;
  const wanted = template.slice(1).split('/');
  if (wanted.some((segment) => segment !== '{*}' && segment !== '{**}' && /[{}*]/.test(segment))) return undefined;
  const rest = wanted.indexOf('{**}');
  if (rest < 0) return (path) => sameSegments(wanted, path.slice(1).split('/'));
  if (wanted.slice(rest + 1).some((segment) => segment.startsWith('{'))) return undefined;
  const before = wanted.slice(0, rest);
  const after = wanted
    .slice(rest + 1)
    .map((segment) => `/${segment}`)
    .join('');
  return (path) => {
    const segments = path.slice(1).split('/');
    if (segments.length <= before.length || !sameSegments(before, segments.slice(0, before.length))) return false;
    return segments.slice(before.length).join('/').endsWith(after);
  };
}

const sameSegments = (wanted: readonly string[], segments: readonly string[]): boolean =>
  wanted.length === segments.length &&
  wanted.every((segment, i) => (segment === '{*}' ? segments[i] !== '' : segment === segments[i]));
