/** Something that claims to be part of a snapshot is not: wrong signature, hash, form or generation. */
export class SnapshotRejected extends Error {
  override readonly name = 'SnapshotRejected';
}
