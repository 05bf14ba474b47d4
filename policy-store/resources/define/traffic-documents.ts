import type { FallbackSpec } from '../kinds/fallback.ts';
import type { FaultInjectionSpec } from '../kinds/fault-injection.ts';
import type { TrafficPolicySpec } from '../kinds/traffic-policy.ts';
import type { Resource } from '../resource.ts';
import { type Fields, onlyKnown } from './known-fields.ts';
import { trafficTargets } from './local-target.ts';
import { marked } from './mesh-document.ts';
import { listOf, type Names } from './names.ts';
import type { FallbackInput, FaultInput, TrafficInput } from './traffic-input.ts';

type AnyFault = FaultInput<string, string, string>;

const FAULT: Fields<AnyFault> = {
  labels: true,
  annotations: true,
  on: true,
  delay: true,
  abort: true,
  byHeader: true,
};

/** TrafficPolicy; its fields are those of the document, apart from whom it is for and who answers in place of whom. */
export function trafficDocument(
  key: string,
  input: TrafficInput<string, string>,
  names: Names,
): Resource<TrafficPolicySpec> {
  const { on, labels: _labels, annotations: _annotations, fallback, ...settings } = input;
  const place = names.place(key);
  const where = `traffic.${key}`;
  return {
    apiVersion: 'gossamer.mesh/v1',
    kind: 'TrafficPolicy',
    metadata: { ...place, ...marked(input) },
    spec: {
      targetRefs: trafficTargets(on, place.namespace, `${where}.on`, names),
      ...settings,
      ...(fallback !== undefined && { fallback: fallbackOf(fallback, place.namespace, `${where}.fallback`, names) }),
    },
  };
}

function fallbackOf(input: FallbackInput<string>, from: string, where: string, names: Names): FallbackSpec {
  if (typeof input !== 'string') {
    onlyKnown(where, input, { answer: true });
    return { answer: input.answer };
  }
  const { namespace, name } = names.service(input, where);
  return { service: { ...(namespace !== from && { namespace }), name, port: names.portOf(input) } };
}

/** FaultInjection. */
export function faultDocument(key: string, input: AnyFault, names: Names): Resource<FaultInjectionSpec> {
  const where = `faults.${key}`;
  onlyKnown(where, input, FAULT);
  const { on, delay, abort, byHeader } = input;
  const place = names.place(key);
  const principals = listOf<string>(byHeader).map((name) => names.principalOf(name, `${where}.byHeader`));
  return {
    apiVersion: 'gossamer.mesh/v1',
    kind: 'FaultInjection',
    metadata: { ...place, ...marked(input) },
    spec: {
      ...(on !== undefined && { targetRefs: trafficTargets(on, place.namespace, `${where}.on`, names) }),
      ...(delay !== undefined && { delay }),
      ...(abort !== undefined && { abort }),
      ...(byHeader !== undefined && { byHeader: { principals } }),
    },
  };
}
