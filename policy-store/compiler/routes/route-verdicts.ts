import type { ParentRef } from '../../resources/kinds/parent-ref.ts';
import type { RouteParentStatus } from '../../resources/resource.ts';
import { conditionsFrom, type Findings } from '../findings.ts';
import type { Rejection } from '../gateways/listener-entry.ts';
import type { BackendProblem } from './resolved-backend.ts';
import type { AnyRoute } from './route-table.ts';

/** Who writes the status of routes, in the Gateway API's form. */
const CONTROLLER = 'gossamer.mesh/gateway-controller';

/** gRPC ends in trailers, and fetch has none. */
const NODE_ONLY =
  'gRPC is carried by routers and gateways on Node; those on Deno, Bun and Workers answer UNIMPLEMENTED (docs/runtimes.md)';

/** How each parent of one route took it. */
export class RouteVerdicts {
  readonly #route: AnyRoute;
  readonly #rejections = new Map<ParentRef, Rejection>();
  readonly #problems = new Map<ParentRef, readonly BackendProblem[]>();

  constructor(route: AnyRoute) {
    this.#route = route;
  }

  set(ref: ParentRef, problems: readonly BackendProblem[], rejection: Rejection | undefined): void {
    this.#problems.set(ref, problems);
    if (rejection !== undefined) this.#rejections.set(ref, rejection);
  }

  /** A route that some parents take is in force there; that others do not is still said. */
  report(findings: Findings): void {
    const { parentRefs = [] } = this.#route.spec;
    if (parentRefs.length === 0) {
      findings.reject(this.#route, 'NoMatchingParent', 'the route has no parentRefs: it is attached nowhere');
    }
    for (const { reason, message } of this.#rejections.values()) {
      if (this.#rejections.size === parentRefs.length) findings.reject(this.#route, reason, message);
      else findings.fail(this.#route, 'Accepted', reason, message);
    }
    for (const { reason, message } of [...this.#problems.values()].flat()) {
      findings.fail(this.#route, 'ResolvedRefs', reason, message);
    }
    if (this.#route.kind === 'GRPCRoute') findings.note(this.#route, 'Programmed', 'NodeOnly', NODE_ONLY);
    findings.addStatus(this.#route, { parents: parentRefs.map((ref) => this.#statusOf(ref)) });
  }

  #statusOf(ref: ParentRef): RouteParentStatus {
    const failed = { Accepted: this.#rejections.get(ref), ResolvedRefs: this.#problems.get(ref)?.[0] };
    const conditions = conditionsFrom(failed, this.#route.metadata.generation);
    return {
      parentRef: { ...ref },
      controllerName: CONTROLLER,
      conditions: conditions.filter(({ type }) => type !== 'Programmed'),
    };
  }
}
