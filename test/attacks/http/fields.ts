import { type Attack, chunk, chunked, type Draft, fieldOf, plus, replaced } from './attack.ts';

const field = (row: string, name: string, ...lines: string[]): Attack => ({
  row,
  name,
  poison: (good) => plus(good, ...lines),
  outcome: 'refused',
});

const stripped = (row: string, name: string, lacks: RegExp, ...lines: string[]): Attack => ({
  row,
  name,
  poison: (good) => plus(good, ...lines),
  outcome: 'harmless',
  lacks,
});

/** The field a second time. */
const again = (name: string): Attack => ({
  row: '4.3',
  name: `${name} twice`,
  roles: name.startsWith('workload') ? ['router'] : ['router', 'gateway'],
  poison: (good) => plus(good, fieldOf(good, name)),
  outcome: 'refused',
});

const connection = (value: string): Attack => field('4.4', `Connection: ${value}`, `Connection: ${value}`);

const trailers = (name: string, trailer: string, lacks: RegExp): Attack => ({
  row: '4.6',
  name: `trailer ${name}`,
  control: chunked,
  poison: (good) => ({
    ...plus(good, `Trailer: ${name}`, 'TE: trailers'),
    body: `${chunk('hello')}0\r\n${name}: ${trailer}\r\n\r\n`,
  }),
  outcome: 'harmless',
  lacks,
});

/** The identity moved into the trailers: there is none in the head. */
const identityInTrailers = (good: Draft): Draft => {
  const names = ['workload-identity-token', 'workload-proof-token'];
  const moved = names.map((name) => `${fieldOf(good, name)}\r\n`).join('');
  const bare = names.reduce<Draft>((draft, name) => replaced(draft, name), good);
  return { ...plus(bare, `Trailer: ${names.join(', ')}`), body: `${chunk('hello')}0\r\n${moved}\r\n` };
};

/** What header fields can claim, hide or repeat. */
export const fieldAttacks: readonly Attack[] = [
  stripped('4.1', 'Mesh-Call', /forged/, 'Mesh-Call: forged'),
  stripped('4.1', 'Mesh-Parent-Call of nobody, at a gateway', /forged/, 'X-Mesh-Caller: forged'),
  stripped('4.1', 'Mesh-Hops and others', /forged/, 'Mesh-Caller: forged', 'MESH-ANYTHING: forged', 'x-mesh-a: forged'),
  stripped('4.1', 'Client-Cert', /forged/, 'Client-Cert: :forged:', 'Client-Cert-Chain: :forged:'),
  stripped('4.1', 'Forwarded', /forged/, 'Forwarded: for=forged', 'X-Real-IP: forged', 'True-Client-IP: forged'),
  stripped('4.1', 'X-Forwarded-*', /forged/, 'X-Forwarded-Client-Cert: forged', 'X-Forwarded-Prefix: forged'),
  stripped('4.1', 'X-Original-*', /forged/, 'X-Original-URL: /forged', 'X-Rewrite-URL: /forged'),
  stripped('4.11', 'method override', /forged/, 'X-HTTP-Method-Override: forged', 'X-Method-Override: forged'),
  stripped('4.11', 'other method overrides', /forged/, 'X-HTTP-Method: forged', 'X-Method: forged'),
  ...['Mesh_Call', 'X_Mesh_Caller', 'Mesh.Call', 'Workload_Identity_Token', 'Workload-Proof.Token'].map((name) =>
    field('4.2', `lookalike ${name}`, `${name}: forged`),
  ),
  ...['X_Forwarded_For', 'X.Original.URL', 'Client_Cert', 'X_HTTP_Method_Override', 'Workload_Proof_Token'].map(
    (name) => field('4.2', `lookalike ${name}`, `${name}: forged`),
  ),
  field('4.2', 'space before the colon', 'Mesh-Call : forged'),
  field('4.2', 'tab before the colon', 'X-Any\t: forged'),
  field('4.2', 'folded value', 'X-Any: a', ' Mesh-Call: forged'),
  field('4.2', 'NUL in a value', 'X-Any: a\x00b'),
  field('4.2', 'NUL in a name', 'X-A\x00ny: a'),
  field('4.2', 'CR in a value', 'X-Any: a\rMesh-Call: forged'),
  field('4.2', 'CR in a name', 'X-A\rny: a'),
  field('4.2', 'space in a name', 'X Any: a'),
  field('4.2', 'no name', ': a'),
  field('4.2', 'no colon', 'forged'),
  field('4.2', 'letter beyond ASCII in a name', 'X-\xe9: a'),
  field('4.2', 'long s for s in a name', 'Me\u00c5\u00bfh-Call: forged'),
  again('workload-identity-token'),
  again('workload-proof-token'),
  again('host'),
  {
    row: '4.3',
    name: 'Host twice, differing',
    poison: (good) => plus(good, 'Host: strongroom.shop.mesh'),
    outcome: 'refused',
  },
  field('4.3', 'Authorization twice', 'Authorization: Basic YQ==', 'Authorization: Basic Yg=='),
  {
    row: '4.3',
    name: 'two identity tokens in one field',
    roles: ['router'],
    poison: (good) => {
      const line = fieldOf(good, 'workload-identity-token');
      return replaced(good, 'workload-identity-token', `${line}, ${line.slice(line.indexOf(':') + 2)}`);
    },
    outcome: 'refused',
  },
  connection('Mesh-Call'),
  connection('close, Workload-Identity-Token'),
  connection('keep-alive, wOrKlOaD-pRoOf-ToKeN'),
  connection('Authorization'),
  connection('Host'),
  connection('content-length'),
  connection('X-Forwarded-For'),
  connection('x_mesh_call'),
  trailers('Mesh-Call', 'forged', /forged/),
  trailers('Workload-Identity-Token', 'forged', /forged/),
  trailers('Authorization', 'Bearer forged', /forged/),
  trailers('X-Any', 'forged', /forged/),
  trailers('Content-Length', '0', /forged/),
  {
    row: '4.6',
    name: 'the identity comes in the trailers alone',
    roles: ['router'],
    control: chunked,
    poison: identityInTrailers,
    outcome: 'refused',
    status: [401],
  },
];
