/** Documents in, snapshot out. Pure: no clock, no chance, no I/O. */
export { type CompiledMesh, compileMesh } from './compile-mesh.ts';
export { withKnownPieces } from './known-pieces.ts';
export { type BuiltSnapshot, buildSnapshot, type ChunkTexts, type SnapshotSign } from './snapshot/build-snapshot.ts';
export type { CompiledWorkload } from './workloads.ts';
