import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { choice, fields } from '../schema/fields.ts';

const NO_USE = 'the mesh has no use for other secrets, and does not keep what it does not need: leave it out';

const key = z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/, { message: 'must be letters, digits, "-", "_" and "."' });

/** No message repeats a value. */
const base64 = z
  .string()
  .max(262_144)
  .regex(/^[A-Za-z0-9+/\s]*={0,2}\s*$/, { message: 'must be base64; plain text goes into stringData' });

const spec = fields({
  type: choice(['kubernetes.io/tls'], {
    Opaque: NO_USE,
    'kubernetes.io/service-account-token': NO_USE,
    'kubernetes.io/dockerconfigjson': NO_USE,
    'kubernetes.io/basic-auth': NO_USE,
  }),
  data: z.record(key, base64).exactOptional(),
  stringData: z.record(key, z.string().max(262_144)).exactOptional(),
  immutable: z.boolean().exactOptional(),
});

export type SecretSpec = z.infer<typeof spec>;

/** Core v1 Secret: a certificate and its key, for HTTPS listeners. */
export const SECRET = defineKind<SecretSpec>({
  group: '',
  versions: ['v1'],
  kind: 'Secret',
  plural: 'secrets',
  atRoot: spec.shape,
  spec,
});
