import { problem } from '../schema/check.ts';
import { choice, fields, type Later } from '../schema/fields.ts';
import { referenceName } from '../schema/text.ts';

const GATEWAY_API = 'gateway.networking.k8s.io';

/** A Service or route of the own namespace that a policy is for (Gateway API LocalPolicyTargetReference). */
export const trafficTarget = (later: Later) =>
  fields(
    {
      group: choice(['', 'gossamer.mesh', GATEWAY_API]).exactOptional(),
      kind: choice(['Service', 'HTTPRoute', 'GRPCRoute']),
      name: referenceName,
    },
    later,
  ).check((ctx) => {
    const { kind, group } = ctx.value;
    const fits = kind === 'Service' ? group !== GATEWAY_API : group === GATEWAY_API;
    if (group !== undefined && !fits) problem(ctx, ['group'], `is not the group of ${kind}`);
  });
