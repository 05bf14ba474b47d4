import { callFactsAs } from '../../router/authorization/call-facts.fake.ts';
import { compilePolicies } from '../../router/authorization/compile.ts';
import { decide } from '../../router/authorization/decide.ts';
import { Permit } from '../../router/authorization/permit.ts';
import type { AuthorizationPolicy } from '../../snapshot/policy.ts';
import type { Row } from '../rows.ts';
import { allTimed, type Effort, type Timed } from './timed.ts';

/** Every tenth denies, none of them this call; the last one lets it through. */
const policyOf = (n: number, last: number): AuthorizationPolicy => ({
  namespace: 'shop',
  name: `policy-${n}`,
  action: n % 10 === 5 ? 'DENY' : 'ALLOW',
  rules: [
    {
      from: [{ principals: [`mesh.local/ns/shop/sa/${n === last ? 'cart' : `caller-${n}`}`] }],
      to: [{ methods: ['GET'], paths: ['/pay/*'] }],
    },
  ],
});

function deciding(count: number): Timed {
  const policies = compilePolicies(Array.from({ length: count }, (_, n) => policyOf(n, count - 1)));
  const call = callFactsAs();
  const run = (): void => {
    const target = 'service shop/orders';
    const verdict = decide([{ target, layers: [policies], call, otherwise: 'deny' }]);
    if (!(verdict instanceof Permit)) throw new Error(verdict.why);
  };
  return { name: `authorize, ${count.toLocaleString('en')} policies, the last one allows`, unit: 'ns', run };
}

/** What the decision costs where every policy has to be asked. */
export const measureAuthorize = (effort: Effort): Promise<Row[]> => allTimed([deciding(10), deciding(1_000)], effort);
