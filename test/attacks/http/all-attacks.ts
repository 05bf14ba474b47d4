import type { Attack } from './attack.ts';
import { fieldAttacks } from './fields.ts';
import { framingAttacks } from './framing.ts';
import { sizeAttacks } from './sizes.ts';
import { targetAttacks } from './targets.ts';

export const ATTACKS: readonly Attack[] = [...framingAttacks, ...fieldAttacks, ...targetAttacks, ...sizeAttacks];
