/** All that a route can name (Gateway API, HTTPMethod), but for TRACE and CONNECT: nothing behind a mesh has to answer these. */
export const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
