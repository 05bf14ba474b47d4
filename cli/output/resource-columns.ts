import { isRecord } from '../admin-client.ts';

/** What a kind shows of its spec between NAME and STATUS. */
export interface Column {
  readonly heading: string;
  value(spec: unknown): string;
}

const listAt = (spec: unknown, member: string): readonly unknown[] => {
  const value = isRecord(spec) ? spec[member] : undefined;
  return Array.isArray(value) ? value : [];
};
const textAt = (spec: unknown, member: string): string | undefined => {
  const value = isRecord(spec) ? spec[member] : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
};
const joined = (texts: readonly (string | undefined)[]): string => {
  const shown = texts.filter((text) => text !== undefined);
  return shown.length === 0 ? '-' : shown.join(',');
};

const members = (heading: string, member: string, inner: string): Column => ({
  heading,
  value: (spec) => joined(listAt(spec, member).map((item) => textAt(item, inner))),
});
const count = (heading: string, member: string): Column => ({
  heading,
  value: (spec) => String(listAt(spec, member).length),
});

/** The first parts that a TrafficPolicy sets, and how many more there are. */
function partsOf(spec: unknown): string {
  const parts = isRecord(spec) ? Object.keys(spec).filter((name) => name !== 'targetRefs') : [];
  return joined(parts.length > 4 ? [...parts.slice(0, 3), `+${parts.length - 3}`] : parts);
}

/** `503 1 %` */
function faultAt(spec: unknown, member: string, ...names: readonly string[]): string {
  const fault = isRecord(spec) ? spec[member] : undefined;
  const [what] = names.flatMap((name) => textAt(fault, name) ?? []);
  return what === undefined ? '-' : `${what} ${textAt(fault, 'percent') ?? '0'} %`;
}

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  HTTPRoute: [
    { heading: 'HOSTNAMES', value: (spec) => joined(listAt(spec, 'hostnames').map(String)) },
    members('PARENTS', 'parentRefs', 'name'),
    count('RULES', 'rules'),
  ],
  Gateway: [
    {
      heading: 'LISTENERS',
      value: (spec) =>
        joined(listAt(spec, 'listeners').map((item) => `${textAt(item, 'name')}:${textAt(item, 'port')}`)),
    },
  ],
  Service: [count('ENDPOINTS', 'endpoints'), members('PORTS', 'ports', 'port')],
  Workload: [count('KEYS', 'keys')],
  AuthorizationPolicy: [
    { heading: 'ACTION', value: (spec) => textAt(spec, 'action') ?? 'ALLOW' },
    { heading: 'MODE', value: (spec) => textAt(spec, 'mode') ?? 'enforce' },
    count('RULES', 'rules'),
  ],
  TrafficPolicy: [members('TARGETS', 'targetRefs', 'name'), { heading: 'SETS', value: partsOf }],
  FaultInjection: [
    members('TARGETS', 'targetRefs', 'name'),
    { heading: 'DELAY', value: (spec) => faultAt(spec, 'delay', 'fixed') },
    { heading: 'ABORT', value: (spec) => faultAt(spec, 'abort', 'status', 'grpcStatus') },
  ],
};

/** No entry: the kind shows its name and state only. */
export const columnsOf = (kind: string): readonly Column[] => COLUMNS[kind] ?? [];
