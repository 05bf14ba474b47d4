import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { Manifest } from './case-format.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
// Clients refuse `*.org`, so the hosts of the cases stand here one by one.
const HOSTS = [
  'example.org',
  'second-example.org',
  'unknown-example.org',
  'fourth-example.wildcard.org',
  '*.wildcard.org',
];

/** The certificate that the suite's HTTPS listeners name, made anew for each run and trusted by the replay alone. */
export class TestCertificates {
  /** PEM of the self-signed certificate: what a client trusts. */
  readonly authority: string;
  readonly #key: string;

  private constructor(certificate: string, key: string) {
    this.authority = certificate;
    this.#key = key;
  }

  static async create(): Promise<TestCertificates> {
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const now = Date.now();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name: 'CN=gossamer conformance',
      notBefore: new Date(now - 60_000),
      notAfter: new Date(now + 86_400_000),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [new x509.SubjectAlternativeNameExtension(HOSTS.map((value) => ({ type: 'dns' as const, value })))],
    });
    const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
    return new TestCertificates(certificate.toString('pem'), x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'));
  }

  /** A Secret for every certificateRef of the documents. */
  secretsFor(documents: readonly Manifest[]): Manifest[] {
    const secrets = new Map<string, Manifest>();
    for (const document of documents) {
      for (const { name, namespace = document.metadata.namespace ?? 'default' } of certificateRefs(document)) {
        secrets.set(`${namespace}/${name}`, this.#secret(namespace, name));
      }
    }
    return [...secrets.values()];
  }

  #secret(namespace: string, name: string): Manifest {
    const data = { 'tls.crt': btoa(this.authority), 'tls.key': btoa(this.#key) };
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'kubernetes.io/tls', data };
  }
}

function certificateRefs(document: Manifest): { name: string; namespace?: string }[] {
  const listeners = (document.spec?.listeners ?? []) as {
    tls?: { certificateRefs?: { name: string; namespace?: string }[] };
  }[];
  return Array.isArray(listeners) ? listeners.flatMap((listener) => listener.tls?.certificateRefs ?? []) : [];
}
