/** Documents in, snapshot out. Pure: no clock, no chance, no I/O. */
export { type CompiledMesh, compileMesh } from './compile-mesh.ts';
export { type BuiltSnapshot, buildSnapshot, type SnapshotSign } from './snapshot/build-snapshot.ts';
export type { CompiledWorkload } from './workloads.ts';
