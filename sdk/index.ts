export { type CallContext, contextOf, type HeaderSource } from './call-context.ts';
export type { IdentityPorts, MeshCredential, MeshIdentity } from './identity.ts';
export { issuedToken } from './issued-token.ts';
export { createMesh, type Mesh, type MeshOptions, type MeshRequestInit } from './mesh.ts';
export type { Caller } from './mesh-call.ts';
export { MeshError, type MeshErrorCode } from './mesh-error.ts';
export { type RegisteredKeyOptions, registeredKey } from './registered-key.ts';
export type { TrustBundleDocument } from './trust-bundle.ts';
