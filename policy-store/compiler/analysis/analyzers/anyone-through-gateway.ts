import type { Analyzer } from '../analyzer.ts';
import { mayName } from '../calls.ts';
import { principalOf } from '../known-callers.ts';

/** Where people write `*` and mean "anyone of ours". */
const WHO = new Set(['principal', 'namespace', 'trustDomain']);

export const anyoneThroughGateway: Analyzer = {
  code: 'GSM0112',
  name: 'AnyoneThroughGateway',
  severity: 'Warning',
  brief: 'A rule asks for any identity on a service that a Gateway sends to: the outside comes in under the Gateway’s',
  analyze(mesh, report) {
    for (const analysed of mesh.policies) {
      const { policy, inForce, resource, rules } = analysed;
      if (policy.action !== 'ALLOW' || !inForce) continue;
      const wide = rules.filter(({ calls = [] }) =>
        calls.some((one) => one.some(({ attribute, within }) => WHO.has(attribute) && within?.includes('*'))),
      );
      if (wide.length === 0) continue;
      const entrances = mesh
        .servicesOf(analysed)
        .flatMap(({ namespace, name }) => mesh.entrances.get(`${namespace}/${name}`) ?? []);
      for (const { path, calls = [] } of wide) {
        const open = entrances.find(({ gateway }) => calls.some((one) => mayName(one, principalOf(gateway.identity))));
        if (open === undefined) continue;
        const { namespace, name } = open.gateway;
        report(
          resource,
          path,
          `"*" lets in everybody outside too: they come through Gateway ${namespace}/${name}; name the callers, or exclude it in notPrincipals`,
        );
      }
    }
  },
};
