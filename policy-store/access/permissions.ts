import type { AccessBinding } from '../resources/schema/access-binding.ts';

/** What one operation of the admin API asks for. Every operation names exactly one. */
export type Permission =
  | 'documents:read'
  | 'documents:write'
  /** Values of Secrets; without it they are masked. */
  | 'secrets:read'
  /** Statistics, metrics, routers, decisions, explanations. */
  | 'traffic:read'
  | 'identities:read'
  /** Join tokens and the keys of workloads. */
  | 'identities:write'
  /** The mesh's own signing keys, public parts. */
  | 'keys:read'
  | 'keys:write'
  | 'revocations:read'
  | 'revocations:write'
  | 'dev-tokens:mint'
  | 'audit:read'
  | 'approvals:read'
  | 'approvals:decide'
  /** Who one is oneself. */
  | 'self:read'
  | 'snapshot:read'
  | 'telemetry:write'
  | 'routers:leave'
  /** Uses up single-use proofs: who may do it can void those of others. */
  | 'replay:write'
  | 'hop-key:read';

/** What `MeshConfig.access` can bind. */
export type Role = AccessBinding['role'];

const VIEW = [
  'documents:read',
  'traffic:read',
  'identities:read',
  'keys:read',
  'revocations:read',
  'self:read',
] as const satisfies readonly Permission[];

/** The table of docs/admin-access.md. `router` is what the routers' token opens; nobody can be bound to it. */
export const PERMISSIONS: Readonly<Record<Role | 'router', ReadonlySet<Permission>>> = {
  viewer: new Set(VIEW),
  'policy-editor': new Set([...VIEW, 'documents:write'] as const),
  'service-owner': new Set([...VIEW, 'documents:write', 'secrets:read', 'identities:write'] as const),
  'key-admin': new Set([
    ...VIEW,
    'identities:write',
    'keys:write',
    'revocations:write',
    'approvals:read',
    'approvals:decide',
  ] as const),
  auditor: new Set([...VIEW, 'audit:read', 'approvals:read'] as const),
  admin: new Set([
    ...VIEW,
    'documents:write',
    'secrets:read',
    'identities:write',
    'keys:write',
    'revocations:write',
    'dev-tokens:mint',
    'audit:read',
    'approvals:read',
    'approvals:decide',
    'snapshot:read',
    'telemetry:write',
    'routers:leave',
  ] as const),
  router: new Set(['snapshot:read', 'telemetry:write', 'routers:leave', 'replay:write', 'hop-key:read'] as const),
};

/** A role, everywhere or in some namespaces. */
export interface Grant {
  readonly role: Role | 'router';
  /** Absent: everywhere. */
  readonly namespaces?: readonly string[];
}

/** Who asks, and what that allows. */
export interface Caller {
  /** As history and audit name it: `bootstrap`, `router`, a SPIFFE ID, `oidc:<issuer>#<subject>`. */
  readonly actor: string;
  readonly grants: readonly Grant[];
}

/** Whoever needs no token. */
export const ANYBODY: Caller = { actor: 'anybody', grants: [] };
/** The one token that a new mesh has, and what always opens it when bindings are wrong. */
export const BOOTSTRAP: Caller = { actor: 'bootstrap', grants: [{ role: 'admin' }] };
export const ROUTER: Caller = { actor: 'router', grants: [{ role: 'router' }] };

/** Whether a caller has a permission anywhere: in one namespace is enough. */
export const may = ({ grants }: Caller, permission: Permission): boolean =>
  grants.some(({ role }) => PERMISSIONS[role].has(permission));

/** Whether a caller has it in this namespace. An empty one means the whole mesh. */
export const mayIn = ({ grants }: Caller, permission: Permission, namespace: string): boolean =>
  grants.some(
    ({ role, namespaces }) =>
      PERMISSIONS[role].has(permission) && (namespaces === undefined || namespaces.includes(namespace)),
  );

export const isAdmin = ({ grants }: Caller): boolean => grants.some(({ role }) => role === 'admin');
