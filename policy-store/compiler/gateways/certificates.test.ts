import 'reflect-metadata';
import { KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { expect, test } from 'vitest';
import { compileMesh } from '../index.ts';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};

async function pair(algorithm: EcKeyGenParams | RsaHashedKeyGenParams) {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=web',
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
    signingAlgorithm: algorithm,
    keys,
  });
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const older = KeyObject.from(keys.privateKey).export({ format: 'pem', type: algorithm === EC ? 'sec1' : 'pkcs1' });
  return { certificate: certificate.toString('pem'), key, older: String(older) };
}

const [ec, otherEc, rsa, otherRsa] = await Promise.all([EC, EC, RSA, RSA].map(pair));
if (!ec || !otherEc || !rsa || !otherRsa) throw new Error('four pairs were made');

const secret = (spec: object, namespace = 'infra') => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name: 'web' },
  spec: { type: 'kubernetes.io/tls', ...spec },
});
const plain = (certificate: string, key: string) => secret({ stringData: { 'tls.crt': certificate, 'tls.key': key } });

const gateway = (...certificateRefs: object[]) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { namespace: 'infra', name: 'edge' },
  spec: {
    gatewayClassName: 'any',
    listeners: [{ name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs } }],
  },
});

const grant = (from: string, to: object) => ({
  apiVersion: 'gateway.networking.k8s.io/v1beta1',
  kind: 'ReferenceGrant',
  metadata: { namespace: 'certificates', name: 'web' },
  spec: { from: [{ group: 'gateway.networking.k8s.io', kind: from, namespace: 'infra' }], to: [to] },
});

/** Certificates of the one listener, and what is said of its references. */
function resolved(...documents: Parameters<typeof compileMesh>[0][number][]) {
  const { gateways, statuses } = compileMesh(documents, { dev: false });
  const [listener] = statuses.get('gateway.networking.k8s.io/Gateway/infra/edge')?.listeners ?? [];
  const found = listener?.conditions.find(({ type }) => type === 'ResolvedRefs');
  return { certificates: gateways[0]?.listeners[0]?.certificates, reason: found?.reason, message: found?.message };
}

test.each([
  ['EC', ec],
  ['RSA', rsa],
])('a Secret with an %s key becomes a certificate of the listener', (_name, { certificate, key }) => {
  const encoded = secret({ data: { 'tls.crt': btoa(certificate), 'tls.key': btoa(key) } });
  const expected = {
    certificates: [{ certificate: certificate.trim(), privateKey: key.trim() }],
    reason: 'ResolvedRefs',
  };
  expect(resolved(gateway({ name: 'web' }), encoded)).toMatchObject(expected);
  expect(resolved(gateway({ name: 'web' }), plain(certificate, key))).toMatchObject(expected);
});

test.each([
  ['SEC 1', ec, otherEc],
  ['PKCS #1', rsa, otherRsa],
])('a key in %s is taken with its own certificate alone', (_name, { certificate, older }, other) => {
  expect(resolved(gateway({ name: 'web' }), plain(certificate, older)).reason).toBe('ResolvedRefs');
  expect(resolved(gateway({ name: 'web' }), plain(other.certificate, older)).reason).toBe('InvalidCertificateRef');
});

test('a chain with remarks between its certificates is taken, leaf first', () => {
  const chain = `subject=CN = web\n${ec.certificate}\n${otherEc.certificate}\n`;
  const { certificates } = resolved(gateway({ name: 'web' }), plain(chain, ec.key));
  expect(certificates?.[0]?.certificate.match(/BEGIN/g)).toHaveLength(2);
});

test.each([
  ['no tls.key', { stringData: { 'tls.crt': ec.certificate } }, 'lacks tls.crt or tls.key'],
  ['broken base64', { data: { 'tls.crt': 'A', 'tls.key': 'A' } }, 'no certificate in PEM'],
  ['a key as certificate', { stringData: { 'tls.crt': ec.key, 'tls.key': ec.key } }, 'no certificate in PEM'],
  ['a certificate as key', { stringData: { 'tls.crt': ec.certificate, 'tls.key': ec.certificate } }, 'no private key'],
  [
    'an encrypted key',
    { stringData: { 'tls.crt': ec.certificate, 'tls.key': ec.key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE') } },
    'no private key',
  ],
  [
    'the key of another',
    { stringData: { 'tls.crt': ec.certificate, 'tls.key': otherEc.key } },
    'is not the key of its',
  ],
  [
    'the key of another',
    { stringData: { 'tls.crt': rsa.certificate, 'tls.key': otherRsa.key } },
    'is not the key of its',
  ],
  ['a key of another kind', { stringData: { 'tls.crt': rsa.certificate, 'tls.key': ec.key } }, 'is not the key of its'],
])('a Secret with %s is an invalid reference, and no message repeats it', (_name, spec, problem) => {
  const { certificates, reason, message } = resolved(gateway({ name: 'web' }), secret(spec));
  expect(certificates).toBeUndefined();
  expect(reason).toBe('InvalidCertificateRef');
  expect(message).toContain(problem);
  expect(message).not.toMatch(/BEGIN|MI[IG]/);
});

test('a listener is served with the certificates that are right', () => {
  const { certificates, reason } = resolved(gateway({ name: 'gone' }, { name: 'web' }), plain(ec.certificate, ec.key));
  expect(certificates).toHaveLength(1);
  expect(reason).toBe('InvalidCertificateRef');
});

test.each([
  ['Gateway', { group: '', kind: 'Secret' }, 'ResolvedRefs'],
  ['Gateway', { group: '', kind: 'Secret', name: 'web' }, 'ResolvedRefs'],
  ['Gateway', { group: '', kind: 'Secret', name: 'other' }, 'RefNotPermitted'],
  ['Gateway', { group: '', kind: 'Service' }, 'RefNotPermitted'],
  ['HTTPRoute', { group: '', kind: 'Secret' }, 'RefNotPermitted'],
  ['ListenerSet', { group: '', kind: 'Secret' }, 'RefNotPermitted'],
])('a Secret of another namespace with a grant from %s to %j: %s', (from, to, expected) => {
  const elsewhere = secret({ stringData: { 'tls.crt': ec.certificate, 'tls.key': ec.key } }, 'certificates');
  const { reason } = resolved(gateway({ name: 'web', namespace: 'certificates' }), elsewhere, grant(from, to));
  expect(reason).toBe(expected);
});

test('without a grant it does not even show whether the Secret exists', () => {
  const messages = [[], [secret({}, 'certificates')]].map(
    (documents) => resolved(gateway({ name: 'web', namespace: 'certificates' }), ...documents).message,
  );
  expect(messages[0]).toBe(messages[1]);
});
