/** Where a policy store is, and as whom to ask. */
export interface StoreAccess {
  /** Base URL of the admin API, without trailing slash. */
  readonly url: string;
  /** The router token. */
  readonly token: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** What is asked, and how long an answer may take, milliseconds. */
export interface Question {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly within: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/**
 * One question to a policy store.
 * @param good statuses that are an answer
 * @throws Error for all others; it never holds the token
 */
export async function askStore(
  { url, token, fetch }: StoreAccess,
  { method = 'GET', path, within, headers, body }: Question,
  good: readonly number[],
): Promise<Response> {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && JSON_TYPE), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(within),
  });
  if (good.includes(answer.status)) return answer;
  await answer.body?.cancel();
  throw new Error(`policy store answered ${answer.status} to ${method} ${path}`);
}

const JSON_TYPE = { 'content-type': 'application/json' };
