import type { Listener } from '../../../snapshot/gateway-chunk.ts';
import type { GatewaySpec } from '../../resources/kinds/gateway.ts';
import type { ListenerSetSpec } from '../../resources/kinds/listener-set.ts';
import type { ParentRef } from '../../resources/kinds/parent-ref.ts';
import type { Resource } from '../../resources/resource.ts';
import type { Findings } from '../findings.ts';
import { nameOf, olderFirst } from '../inventory.ts';
import type { CompiledRoute } from '../routes/route-table.ts';
import { allowsNamespace, type NamespaceLabels } from './allowed-namespaces.ts';
import type { Certificates } from './certificates.ts';
import { ListenerEntry, type Rejection } from './listener-entry.ts';

type Owner = Resource<GatewaySpec> | Resource<ListenerSetSpec>;

/** All listeners of one Gateway: its own, then those of the ListenerSets that it lets in, the oldest first (GEP-1713). */
export class GatewayListeners {
  readonly gateway: Resource<GatewaySpec>;
  readonly #sets: readonly Resource<ListenerSetSpec>[];
  readonly #entries: readonly ListenerEntry[];

  /** @param sets the ListenerSets that name this Gateway and are allowed to */
  constructor(gateway: Resource<GatewaySpec>, sets: readonly Resource<ListenerSetSpec>[], certificates: Certificates) {
    this.gateway = gateway;
    this.#sets = [...sets].sort(olderFirst);
    this.#entries = [gateway, ...this.#sets].flatMap((owner: Owner) =>
      owner.spec.listeners.map((listener) => new ListenerEntry(owner, listener)),
    );
    for (const entry of this.#entries) certificates.giveTo(entry);
    markConflicts(this.#entries);
  }

  /** Attaches a route wherever the parentRef and the listeners let it. @returns why it is attached nowhere */
  attach(ref: ParentRef, owner: Owner, route: CompiledRoute, labels: NamespaceLabels): Rejection | undefined {
    const title = `${owner.kind} ${nameOf(owner)}`;
    const named = this.#entries.filter(
      (entry) =>
        entry.owner === owner &&
        (ref.sectionName === undefined || entry.spec.name === ref.sectionName) &&
        (ref.port === undefined || entry.spec.port === ref.port),
    );
    if (named.length === 0) {
      const wanted = [ref.sectionName, ref.port].filter((part) => part !== undefined).join(' ');
      return { reason: 'NoMatchingParent', message: `${title} has no listener ${wanted}` };
    }
    const { namespace } = route.route.metadata;
    const allowed = named.filter(({ spec, kinds }) => {
      const namespaces = { from: 'Same' as const, ...spec.allowedRoutes?.namespaces };
      return kinds.includes(route.kind) && allowsNamespace(namespaces, owner.metadata.namespace, namespace, labels);
    });
    if (allowed.length === 0) {
      const message = `${title} does not allow ${route.kind}s of namespace ${namespace} (allowedRoutes)`;
      return { reason: 'NotAllowedByListeners', message };
    }
    const rejections = allowed.map((entry) => entry.attach(route));
    if (rejections.includes(undefined)) return undefined;
    const conflict = rejections.find((rejection) => rejection?.reason === 'Conflicted');
    const message = `no listener of ${title} has a hostname of the route`;
    return conflict ?? { reason: 'NoMatchingListenerHostname', message };
  }

  #isServed(set: Owner): boolean {
    return this.#entries.some((entry) => entry.owner === set && entry.served);
  }

  compile(): Listener[] {
    return this.#entries.flatMap((entry) => entry.compile() ?? []);
  }

  /** Says what became of the listeners, once all routes are attached. */
  report(findings: Findings): void {
    for (const owner of [this.gateway, ...this.#sets]) {
      const own = this.#entries.filter((entry) => entry.owner === owner);
      for (const { failed } of own) {
        const { reason, message } = failed.ResolvedRefs ?? {};
        if (reason !== undefined && message !== undefined) findings.fail(owner, 'ResolvedRefs', reason, message);
      }
      reportUnserved(owner, own, findings);
      findings.addStatus(owner, {
        listeners: own.map((entry) => entry.status),
        ...(owner === this.gateway && { attachedListenerSets: this.#sets.filter((set) => this.#isServed(set)).length }),
      });
    }
  }
}

/** With none of its listeners served a Gateway is not accepted; with some it is, and says so (ListenersNotValid). */
function reportUnserved(owner: Owner, entries: readonly ListenerEntry[], findings: Findings): void {
  const messages = entries
    .filter((entry) => !entry.served)
    .map(({ failed, spec }) => {
      const verdict = failed.Accepted ?? failed.Conflicted ?? failed.ResolvedRefs;
      return verdict?.message ?? `listener ${spec.name} is not served`;
    });
  if (messages.length === 0) return;
  const message = messages.join('; ');
  if (messages.length < entries.length) findings.note(owner, 'Accepted', 'ListenersNotValid', message);
  else findings.reject(owner, 'ListenersNotValid', message);
}

/** Of listeners that can not both be there, the first in the order of precedence stays. */
function markConflicts(entries: readonly ListenerEntry[]): void {
  const ports = new Map<number, ListenerEntry[]>();
  for (const entry of entries) {
    if (entry.failed.Accepted !== undefined) continue;
    const { name, port, protocol, hostname } = entry.spec;
    const earlier = ports.get(port) ?? [];
    ports.set(port, earlier);
    const [first] = earlier;
    if (first !== undefined && first.spec.protocol !== protocol) {
      const message = `listener ${name} wants ${protocol} on port ${port}, which has ${first.spec.protocol}`;
      entry.failed.Conflicted = { reason: 'ProtocolConflict', message };
    } else if (earlier.some((other) => other.spec.hostname === hostname)) {
      const message = `port ${port} has a listener for ${hostname ?? 'every hostname'} already: listener ${name} is not served`;
      entry.failed.Conflicted = { reason: 'HostnameConflict', message };
    } else {
      earlier.push(entry);
    }
  }
}
