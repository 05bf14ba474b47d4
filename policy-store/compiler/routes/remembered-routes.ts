import { sameContent } from '../../../snapshot/content.ts';
import type { RuleId } from '../../../snapshot/route.ts';
import type { ServiceFacts } from '../services/collect.ts';
import type { BoundTraffic, RouteTraffic } from '../traffic/bind-traffic.ts';
import type { Referents } from './compile-backends.ts';
import type { AnyRoute, CompiledRoute } from './route-table.ts';

/** All of a mesh that has a part in what a route is compiled to, beside the route itself. */
export interface RouteMesh extends Referents {
  forRoute: BoundTraffic['forRoute'];
}

interface Asked {
  readonly answer: unknown;
  readonly again: (mesh: RouteMesh) => unknown;
}

/** Passes questions on, and remembers them with their answers. */
class AskedMesh implements RouteMesh {
  readonly asked: Asked[] = [];
  /** Of faults it counts which object they are, and that can not be asked again. */
  metFaults = false;
  readonly services: Referents['services'];
  readonly grants: Referents['grants'];
  readonly #mesh: RouteMesh;

  constructor(mesh: RouteMesh) {
    this.#mesh = mesh;
    this.services = { get: (key): ServiceFacts | undefined => this.#ask((of) => of.services.get(key)) };
    this.grants = { allows: (from, to): boolean => this.#ask((of) => of.grants.allows(from, to)) };
  }

  fault(key: string): ReturnType<Referents['fault']> {
    const found = this.#ask((of) => of.fault(key));
    this.metFaults ||= found !== undefined;
    return found;
  }

  forRoute(kind: RuleId['kind'], key: string): RouteTraffic {
    const found = this.#ask((of) => of.forRoute(kind, key));
    this.metFaults ||= found.faults !== undefined;
    return found;
  }

  #ask<Answer>(again: (mesh: RouteMesh) => Answer): Answer {
    const answer = again(this.#mesh);
    this.asked.push({ answer, again });
    return answer;
  }
}

interface Remembered {
  readonly asked: readonly Asked[];
  readonly compiled: CompiledRoute;
}

/** By document (none is changed in place), and by what it was compiled for. */
const remembered = new WeakMap<AnyRoute, Map<string, Remembered>>();

/**
 * What a route was compiled to the last time, if the mesh still answers all that was asked then as it did; else what it is
 * compiled to now. Compiling is pure, so that nobody can tell but by the time: in a large mesh a change leaves most
 * routes as they were.
 * @param variant what it is compiled for beside the mesh
 */
export function remembering(
  route: AnyRoute,
  variant: string,
  mesh: RouteMesh,
  compile: (mesh: RouteMesh) => CompiledRoute,
): CompiledRoute {
  const before = remembered.get(route)?.get(variant);
  if (before?.asked.every(({ answer, again }) => sameContent(again(mesh), answer))) return before.compiled;
  const listening = new AskedMesh(mesh);
  const compiled = compile(listening);
  const variants = remembered.get(route) ?? new Map<string, Remembered>();
  if (listening.metFaults) variants.delete(variant);
  else variants.set(variant, { asked: listening.asked, compiled });
  remembered.set(route, variants);
  return compiled;
}
