import type { RouteMatch, ValueMatch } from '../../../snapshot/route.ts';

/** Whether every request that `narrow` holds for is one that `wide` holds for. Of expressions only equal ones are compared. */
export function matchCovers(wide: RouteMatch, narrow: RouteMatch): boolean {
  if (wide.method !== undefined && wide.method !== narrow.method) return false;
  return (
    pathCovers(wide.path, narrow.path) &&
    valuesCover(wide.headers ?? [], narrow.headers ?? []) &&
    valuesCover(wide.query ?? [], narrow.query ?? [])
  );
}

function pathCovers(wide: RouteMatch['path'], narrow: RouteMatch['path']): boolean {
  if (wide.type !== 'PathPrefix') return wide.type === narrow.type && wide.value === narrow.value;
  if (wide.value === '/') return true;
  if (narrow.type === 'RegularExpression') return false;
  return narrow.value === wide.value || narrow.value.startsWith(`${wide.value}/`);
}

const valuesCover = (wide: readonly ValueMatch[], narrow: readonly ValueMatch[]): boolean =>
  wide.every((wanted) =>
    narrow.some(({ type, name, value }) => type === wanted.type && name === wanted.name && value === wanted.value),
  );
