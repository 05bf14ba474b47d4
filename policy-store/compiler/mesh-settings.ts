import type { MeshSettings } from '../../snapshot/manifest.ts';
import type { MeshConfigSpec } from '../resources/kinds/mesh-config.ts';
import { parseDuration } from '../resources/schema/duration.ts';

const MINUTE = 60_000;

/** The MeshConfig with every default filled in. */
export function meshSettings(spec: MeshConfigSpec): MeshSettings {
  const hard = parseDuration(spec.staleness?.hard ?? '24h') ?? 0;
  return {
    trustDomain: spec.trustDomain ?? 'mesh.local',
    domain: spec.domain ?? 'mesh',
    rootNamespace: spec.rootNamespace ?? 'mesh-system',
    defaultAuthorization: spec.defaultAuthorization ?? 'deny',
    staleness: { soft: parseDuration(spec.staleness?.soft ?? '') ?? Math.min(MINUTE, hard), hard },
    replayProtection: spec.replayProtection ?? 'best-effort',
    telemetry: { trustIncomingContext: spec.telemetry?.trustIncomingContext ?? true },
    ...(spec.trustedProxies !== undefined && { trustedProxies: spec.trustedProxies }),
  };
}
