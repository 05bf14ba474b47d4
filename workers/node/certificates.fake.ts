import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { Listener, ListenerCertificate } from '../../snapshot/gateway-chunk.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A self-signed certificate, which its own client trusts. @param hosts it is made for; the first one is its name */
export async function certificateFor(...hosts: string[]): Promise<ListenerCertificate> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${hosts[0]}`,
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2100-01-01'),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'dns' as const, value })))],
  });
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: certificate.toString('pem'), privateKey: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}

/** A listener of HTTPS without routes. @param hostname undefined: every name */
export function httpsListener(hostname: string | undefined, ...certificates: ListenerCertificate[]): Listener {
  const name = hostname ?? 'any';
  return { name, port: 443, protocol: 'HTTPS', certificates, hosts: [], ...(hostname !== undefined && { hostname }) };
}
