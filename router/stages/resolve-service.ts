import { type MaybePromise, Refusal } from '../exchange.ts';
import type { Addressed, Screened } from '../facts.ts';
import { isMeshHost, meshServiceOf } from '../routing/authority.ts';
import { andThen, loadService, type RoutingSnapshot } from '../routing/load-service.ts';
import type { LoadedService } from '../snapshot/loaded-service.ts';

/** Finds the service that the authority names. A port that it does not declare is as unknown as a name. */
export function resolveService(
  facts: { readonly snapshot: RoutingSnapshot } & Pick<Screened, 'host' | 'port'>,
): MaybePromise<Addressed | Refusal> {
  const { host, port, snapshot } = facts;
  const { domain } = snapshot.mesh;
  const named = meshServiceOf(host, domain);
  if (named === undefined) return new Refusal('service_not_found', adviceFor(host, domain));
  return andThen(loadService(snapshot, named.namespace, named.name), (addressed) => {
    if (addressed === undefined) {
      return new Refusal('service_not_found', `The mesh has no service ${named.namespace}/${named.name}.`);
    }
    if (!takesPort(addressed.service, port)) {
      return new Refusal('service_not_found', `The service ${named.namespace}/${named.name} has no port ${port}.`);
    }
    return addressed;
  });
}

/** A service without declared ports is at 80. */
const takesPort = ({ chunk }: LoadedService, port: number): boolean =>
  chunk.ports.length === 0 ? port === 80 : chunk.ports.some((declared) => declared.port === port);

const adviceFor = (host: string, domain: string): string =>
  isMeshHost(host, domain)
    ? `A mesh authority has the form <service>.<namespace>.${domain}, or <service>.${domain} for the namespace default.`
    : `The host is not under the mesh domain: send Host or Mesh-Authority <service>.<namespace>.${domain}.`;
