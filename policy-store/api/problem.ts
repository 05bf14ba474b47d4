import type { StoreRefusal } from '../refusal.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** RFC 9457, with our stable `code`; `detail` says what to do next. */
export function problemOf(refusal: StoreRefusal): Response {
  const { status, code, message, diagnostics } = refusal;
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  // RFC 6750, section 3.
  if (status === 401) headers.set('www-authenticate', 'Bearer realm="gossamer-admin"');
  if (status === 503) headers.set('retry-after', '1');
  const body = { title: TITLES[status] ?? 'Error', status, code, detail: message };
  return new Response(JSON.stringify(diagnostics.length > 0 ? { ...body, diagnostics } : body), { status, headers });
}
