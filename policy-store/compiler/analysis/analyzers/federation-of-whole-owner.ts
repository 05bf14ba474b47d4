import { WORKLOAD } from '../../../resources/kinds/workload.ts';
import type { Analyzer } from '../analyzer.ts';

/** Claims that last, but name an owner of many projects. */
const OWNERS: readonly string[] = ['org_id', 'owner_id', 'repository_owner_id'];
/** What tells projects, branches and environments of one owner apart. */
const NARROWER =
  /^(?:sub|oid|repository|repository_id|project|project_id|app_id|environment|ref|workflow_ref|job_workflow_ref)$|serviceaccount/;

export const federationOfWholeOwner: Analyzer = {
  code: 'GSM0204',
  name: 'FederationOfWholeOwner',
  severity: 'Warning',
  brief: 'A federation rule lets every project of an owner be the Workload',
  analyze(mesh, report) {
    for (const resource of mesh.inventory.of(WORKLOAD)) {
      for (const [index, { claims }] of (resource.spec.federation ?? []).entries()) {
        const names = Object.keys(claims);
        if (!names.some((name) => OWNERS.includes(name)) || names.some((name) => NARROWER.test(name))) continue;
        const text = `lets whatever this owner deploys be the Workload: add the claim of one project to ${names.join(', ')}`;
        report(resource, `spec.federation[${index}].claims`, text);
      }
    }
  },
};
