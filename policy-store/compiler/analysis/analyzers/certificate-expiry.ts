import { SECRET } from '../../../resources/kinds/secret.ts';
import { secretText } from '../../gateways/certificates.ts';
import type { AnalysedMesh } from '../analysed-mesh.ts';
import type { Analyzer, Report } from '../analyzer.ts';
import { certificateFacts } from '../certificate.ts';
import { DAY } from '../moment.ts';

const SOON_DAYS = 21;

/** @param wanted whether what is left, in days, is to be reported */
function eachCertificate(mesh: AnalysedMesh, report: Report, wanted: (days: number) => string | undefined): void {
  for (const resource of mesh.inventory.of(SECRET)) {
    const facts = certificateFacts(secretText('tls.crt', resource.spec) ?? '');
    if (facts === undefined) continue;
    const text = facts.notBefore > mesh.now ? undefined : wanted(Math.floor((facts.notAfter - mesh.now) / DAY));
    if (text !== undefined) report(resource, 'data["tls.crt"]', text);
  }
}

export const certificateExpired: Analyzer = {
  code: 'GSM0501',
  name: 'CertificateExpired',
  severity: 'Error',
  brief: 'The certificate of a Secret has expired',
  analyze: (mesh, report) =>
    eachCertificate(mesh, report, (days) =>
      days < 0 ? `expired ${-days} days ago: clients refuse the connection` : undefined,
    ),
};

export const certificateExpiresSoon: Analyzer = {
  code: 'GSM0502',
  name: 'CertificateExpiresSoon',
  severity: 'Warning',
  brief: 'The certificate of a Secret expires within three weeks',
  analyze: (mesh, report) =>
    eachCertificate(mesh, report, (days) =>
      days >= 0 && days < SOON_DAYS ? `expires in ${days} days: renew it` : undefined,
    ),
};
