import { METHODS } from '../methods.ts';

const KNOWN = new Set([...METHODS, 'CONNECT', 'TRACE']);

/** A method as a label or span name: what a caller makes up becomes one value (OpenTelemetry: `_OTHER`). */
export const methodLabel = (method: string): string => (KNOWN.has(method) ? method : '_OTHER');
