import { claimAttacks } from './claims.ts';
import { formAttacks } from './forms.ts';
import { keyAttacks } from './keys.ts';
import type { TokenAttack } from './token-class.ts';

export const ATTACKS: readonly TokenAttack[] = [...formAttacks, ...claimAttacks, ...keyAttacks];
