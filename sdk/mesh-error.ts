/**
 * `address_invalid`: the URL does not name a service of the mesh. `deadline_exceeded`: there is no time left for the
 * call. `identity_unavailable`: there is no token to call with. `mesh_call_invalid`: a request did not come through the
 * mesh, or not to this service. `trust_bundle_unavailable`: there are no keys to judge it with.
 */
export type MeshErrorCode =
  | 'address_invalid'
  | 'deadline_exceeded'
  | 'identity_unavailable'
  | 'mesh_call_invalid'
  | 'trust_bundle_unavailable';

/** What the SDK throws. The message says what to do next and never holds a token. */
export class MeshError extends Error {
  override readonly name = 'MeshError';
  readonly code: MeshErrorCode;

  constructor(code: MeshErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
