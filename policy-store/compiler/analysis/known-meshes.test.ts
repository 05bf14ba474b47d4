import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { conformanceTests, topology } from '../../../test/conformance/case-format.ts';
import { documentsOf } from '../../../test/conformance/documents.ts';
import { parseDocuments } from '../../resources/index.ts';
import { resourceTitle } from '../../resources/resource-key.ts';
import { compileMesh } from '../index.ts';
import { analyse } from './index.ts';

/** `CODE Kind namespace/name` of everything that is found, once each. */
function found(text: string, type: 'yaml' | 'json'): string[] {
  const resources = parseDocuments(text, type).documents.map(({ resource }) => resource);
  const messages = analyse(resources, compileMesh(resources, { dev: true }), { now: 0, dev: true });
  return [...new Set(messages.map(({ code, resource }) => `${code} ${resourceTitle(resource)}`))].sort();
}

// What stands here was judged by hand: each is what the case is made to test, or true of it.
test.each([
  ['policy-grammar', ['GSM0101', 'GSM0107', 'GSM0109', 'GSM0110', 'GSM0116', 'GSM0117', 'GSM0401']],
  ['policy-principals', ['GSM0107', 'GSM0110', 'GSM0401']],
  ['policy-scopes', ['GSM0105', 'GSM0107', 'GSM0114', 'GSM0401']],
  ['policy-shadow', ['GSM0104']],
  ['precedence', ['GSM0105', 'GSM0301']],
  ['sessions-and-sticky', ['GSM0105']],
  ['regular-expressions', ['GSM0105']],
  ['filters-timeouts-retry', ['GSM0105']],
  ['traffic-policy-full', ['GSM0002', 'GSM0105', 'GSM0304', 'GSM0309', 'GSM0310', 'GSM0313', 'GSM0401']],
  ['fault-injection', ['GSM0002', 'GSM0105', 'GSM0311']],
  ['traffic-policy', ['GSM0001', 'GSM0002', 'GSM0105', 'GSM0304', 'GSM0305']],
])('in the golden case %s is found what is there', (name, codes) => {
  const text = readFileSync(new URL(`../golden/${name}/in.yaml`, import.meta.url), 'utf8');
  expect([...new Set(found(text, 'yaml').map((line) => line.slice(0, 7)))]).toEqual(codes);
});

test("in the Gateway API's own cases is found what they are made to test, and one rule that is never reached", () => {
  const all = conformanceTests().flatMap((suite) => {
    const { documents } = documentsOf(suite, topology(), []);
    // No backend runs here, so every service is without endpoints.
    return found(JSON.stringify(documents), 'json').filter((line) => !line.startsWith('GSM0401'));
  });
  const infra = 'gateway-conformance-infra';
  expect([...new Set(all)].sort()).toEqual([
    `GSM0001 Gateway ${infra}/same-namespace-with-https-listener`,
    `GSM0001 HTTPRoute ${infra}/no-intersecting-hosts`,
    `GSM0001 HTTPRoute ${infra}/route-dual-parentref-one`,
    `GSM0001 HTTPRoute ${infra}/route-in-gateway-namespace`,
    `GSM0001 HTTPRoute ${infra}/route-via-gateway`,
    `GSM0002 GRPCRoute gateway-conformance-mesh/mesh-grpc-weighted-backends`,
    `GSM0002 Gateway ${infra}/same-namespace-with-https-listener`,
    `GSM0002 HTTPRoute ${infra}/invalid-backend-ref-unknown-kind`,
    `GSM0002 HTTPRoute ${infra}/invalid-cross-namespace-backend-ref`,
    `GSM0002 HTTPRoute ${infra}/invalid-nonexistent-backend-ref`,
    `GSM0002 HTTPRoute ${infra}/invalid-reference-grant`,
    `GSM0002 HTTPRoute ${infra}/reference-grant`,
    'GSM0201 PeerAuthentication mesh-system/default',
    `GSM0301 GRPCRoute ${infra}/grpc-request-header-modifier`,
    `GSM0303 HTTPRoute ${infra}/omitted-backendrefs`,
  ]);
});
