import type { MeshSettings } from './manifest.ts';

/** As the compiler makes them of a mesh without a MeshConfig. */
export const MESH: MeshSettings = {
  trustDomain: 'mesh.local',
  domain: 'mesh',
  rootNamespace: 'mesh-system',
  defaultAuthorization: 'deny',
  staleness: { soft: 60_000, hard: 3_600_000 },
  replayProtection: 'best-effort',
  telemetry: { trustIncomingContext: true },
};
