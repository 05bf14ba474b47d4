import type { GatewayChunk } from '../../../snapshot/gateway-chunk.ts';
import type { MeshSettings } from '../../../snapshot/manifest.ts';
import type { GatewaySpec } from '../../resources/kinds/gateway.ts';
import type { Resource } from '../../resources/resource.ts';
import { inRange, parseIpv4, parseIpv6, parseRange } from '../../resources/schema/ip-range.ts';
import type { BoundPolicies } from '../authorization/bind-policies.ts';
import type { Findings } from '../findings.ts';
import { defaultIdentity } from '../identity.ts';
import { nameOf } from '../inventory.ts';
import { type BoundUsers, usersOf } from '../users/bind-users.ts';
import type { GatewayListeners } from './gateway-listeners.ts';

type Bind = GatewayChunk['binds'][number];

/** Annotation that gives a Gateway's logical ports sockets of their own: `80=127.0.0.1:18080,8080=127.0.0.1:18081`. */
const BIND = 'gossamer.mesh/bind';
const BIND_PATH = `metadata.annotations["${BIND}"]`;

export function compileGateways(
  gateways: Iterable<GatewayListeners>,
  { policies, users }: { readonly policies: BoundPolicies; readonly users: BoundUsers },
  mesh: MeshSettings,
  dev: boolean,
  findings: Findings,
): GatewayChunk[] {
  const sockets = new Map<string, string>();
  return [...gateways].map((listeners) => {
    const { gateway } = listeners;
    const { namespace, name } = gateway.metadata;
    listeners.report(findings);
    return {
      kind: 'gateway',
      namespace,
      name,
      identity: defaultIdentity(mesh, namespace, name),
      listeners: listeners.compile(),
      binds: bindsOf(gateway, dev, sockets, findings),
      policies: policies.forGateway(nameOf(gateway)),
      ...usersOf(users.forGateway(nameOf(gateway))),
    };
  });
}

/** @param sockets `host:port` -> Gateway that has it; grows */
function bindsOf(
  gateway: Resource<GatewaySpec>,
  dev: boolean,
  sockets: Map<string, string>,
  findings: Findings,
): Bind[] {
  const binds: Bind[] = [];
  for (const part of gateway.metadata.annotations?.[BIND]?.split(',') ?? []) {
    const bind = parseBind(part.trim());
    const problem = bind === undefined ? FORM : bindProblem(bind, binds, dev, sockets);
    if (problem !== undefined) findings.error(gateway, BIND_PATH, 'bind-refused', problem);
    if (problem !== undefined || bind === undefined) continue;
    sockets.set(socketOf(bind), nameOf(gateway));
    binds.push(bind);
  }
  return binds;
}

const FORM = 'must look like "80=127.0.0.1:18080,8080=127.0.0.1:18081"';
const socketOf = ({ host, socketPort }: Bind): string => `${host}:${socketPort}`;

function bindProblem(
  bind: Bind,
  earlier: readonly Bind[],
  dev: boolean,
  sockets: ReadonlyMap<string, string>,
): string | undefined {
  if (dev && !isLoopback(bind.host)) return 'must be in 127.0.0.0/8 or ::1 in dev mode';
  if (earlier.some((other) => other.port === bind.port)) return `names port ${bind.port} twice`;
  const holder = sockets.get(socketOf(bind));
  return holder && `has ${socketOf(bind)}, which Gateway ${holder} has already`;
}

function parseBind(text: string): Bind | undefined {
  const [, port, v6, v4, socketPort] = /^(\d{1,5})=(?:\[([0-9a-fA-F:]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? v4 ?? '';
  if ((parseIpv4(host) ?? parseIpv6(host)) === undefined) return undefined;
  const ports = [Number(port), Number(socketPort)];
  if (ports.some((number) => !(number >= 1 && number <= 65535))) return undefined;
  return { port: Number(port), host, socketPort: Number(socketPort) };
}

function isLoopback(host: string): boolean {
  const address = parseIpv4(host) ?? parseIpv6(host);
  return ['127.0.0.0/8', '::1/128'].some((text) => {
    const range = parseRange(text);
    return address !== undefined && range !== undefined && inRange(address, range);
  });
}
