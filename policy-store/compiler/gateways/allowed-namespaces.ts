import type { NamespaceSelector } from '../../resources/kinds/listener.ts';
import { NAMESPACE } from '../../resources/kinds/namespace.ts';
import type { Inventory } from '../inventory.ts';
import { selects } from '../services/labels.ts';

/** Labels of a namespace, with the one that Kubernetes gives to all. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>>;

export function namespaceLabels(inventory: Inventory): NamespaceLabels {
  const labels = new Map(inventory.of(NAMESPACE).map(({ metadata }) => [metadata.name, metadata.labels]));
  return (namespace) => ({ ...labels.get(namespace), 'kubernetes.io/metadata.name': namespace });
}

/** Gateway API FromNamespaces. */
export interface AllowedNamespaces {
  readonly from?: 'None' | 'Same' | 'All' | 'Selector';
  readonly selector?: NamespaceSelector;
}

/** Whether what is in namespace `other` may attach to what is in namespace `own`. */
export function allowsNamespace(
  { from, selector }: AllowedNamespaces,
  own: string,
  other: string,
  labels: NamespaceLabels,
): boolean {
  switch (from) {
    case 'All':
      return true;
    case 'Same':
      return other === own;
    case 'Selector':
      return selector !== undefined && selects(selector, labels(other));
    default:
      return false;
  }
}
