/**
 * When calling. `address_invalid`: the URL does not name a service of the mesh. `deadline_exceeded`: there is no time left
 * for the call. `identity_unavailable`: there is no token to call with. `body_streamed`: the service asks for a proof that
 * covers the body, and a stream has none before it is sent.
 *
 * When called. `mesh_call_invalid` (403): a request did not come through the mesh, or not to this service.
 * `body_too_large` (413): a Mesh-Call covers the body, and more came than can be checked. `trust_bundle_unavailable` (503):
 * there are no keys to judge by. `replay_memory_full` (503): there is no room to remember that a Mesh-Call was used.
 */
export type MeshErrorCode =
  | 'address_invalid'
  | 'body_streamed'
  | 'body_too_large'
  | 'deadline_exceeded'
  | 'identity_unavailable'
  | 'mesh_call_invalid'
  | 'replay_memory_full'
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
