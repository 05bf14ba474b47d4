const KNOWN = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']);

/** A method as a label or span name: what a caller makes up becomes one value (OpenTelemetry: `_OTHER`). */
export const methodLabel = (method: string): string => (KNOWN.has(method) ? method : '_OTHER');
