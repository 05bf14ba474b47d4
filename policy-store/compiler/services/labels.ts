import type { NamespaceSelector } from '../../resources/kinds/listener.ts';

type Labels = Readonly<Record<string, string>>;

const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

/** All wanted labels are there with these values. No wanted labels: true. */
export const hasLabels = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labelOf(labels, key) === value);

/** A Kubernetes label selector: matchLabels and every expression must hold. */
export function selects(selector: NamespaceSelector, labels: Labels): boolean {
  if (!hasLabels(labels, selector.matchLabels ?? {})) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labelOf(labels, key);
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    // As Kubernetes: NotIn also holds for what does not have the label.
    return (value !== undefined && values.includes(value)) === (operator === 'In');
  });
}
