import { REFERENCE_GRANT } from '../../resources/kinds/reference-grant.ts';
import { type Inventory, isServiceRef } from '../inventory.ts';

/** A document that refers to something in another namespace. */
export interface Referrer {
  readonly kind: 'HTTPRoute' | 'GRPCRoute' | 'Gateway' | 'ListenerSet' | 'TrafficPolicy';
  readonly namespace: string;
}

/** What it refers to. */
export interface Referent {
  readonly kind: 'Service' | 'Secret';
  readonly namespace: string;
  readonly name: string;
}

const GATEWAY_API = 'gateway.networking.k8s.io';

type To = { readonly group: string; readonly kind: string; readonly name?: string };

/** Who may refer into which namespace: nobody, unless that namespace says so (Gateway API ReferenceGrant). */
export class ReferenceGrants {
  /** `kind of referrer` + its namespace + granting namespace -> what is granted. */
  readonly #granted = new Map<string, To[]>();

  constructor(inventory: Inventory) {
    for (const { metadata, spec } of inventory.of(REFERENCE_GRANT)) {
      for (const from of spec.from) {
        if (from.group !== (from.kind === 'TrafficPolicy' ? 'gossamer.mesh' : GATEWAY_API)) continue;
        const key = `${from.kind} ${from.namespace} ${metadata.namespace}`;
        this.#granted.set(key, [...(this.#granted.get(key) ?? []), ...spec.to]);
      }
    }
  }

  allows(from: Referrer, to: Referent): boolean {
    if (from.namespace === to.namespace) return true;
    const granted = this.#granted.get(`${from.kind} ${from.namespace} ${to.namespace}`) ?? [];
    return granted.some((entry) => isOfKind(entry, to.kind) && (entry.name ?? to.name) === to.name);
  }
}

const isOfKind = (entry: To, kind: Referent['kind']): boolean =>
  kind === 'Service' ? isServiceRef(entry) : entry.kind === 'Secret' && ['', 'core'].includes(entry.group);
