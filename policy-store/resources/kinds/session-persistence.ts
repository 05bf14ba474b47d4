import type * as z from 'zod';
import { changeableHeader } from '../schema/changeable-header.ts';
import { problem } from '../schema/check.ts';
import { duration, milliseconds } from '../schema/duration.ts';
import { choice, fields } from '../schema/fields.ts';

/** How a client keeps the backend that it met first (Gateway API SessionPersistence). */
export const sessionPersistence = fields(
  {
    /** Of the cookie or header. Unset: a name made from the route's. */
    sessionName: changeableHeader.max(128).exactOptional(),
    type: choice(['Cookie', 'Header']).exactOptional(),
    absoluteTimeout: duration.exactOptional(),
    cookieConfig: fields({ lifetimeType: choice(['Session', 'Permanent']).exactOptional() }).exactOptional(),
  },
  { idleTimeout: 'use absoluteTimeout: routers share no memory of when a session was last used' },
).check((ctx) => {
  const { type = 'Cookie', absoluteTimeout, cookieConfig } = ctx.value;
  if (type === 'Header' && cookieConfig !== undefined) problem(ctx, ['cookieConfig'], 'does not go with type Header');
  if (cookieConfig?.lifetimeType === 'Permanent' && absoluteTimeout === undefined) {
    problem(ctx, ['absoluteTimeout'], 'is required with lifetimeType Permanent: it says how long', 'missing-field');
  }
  if (absoluteTimeout !== undefined && milliseconds(absoluteTimeout) < 1000) {
    problem(ctx, ['absoluteTimeout'], 'must be at least 1s', 'out-of-range');
  }
});

export type SessionPersistenceSpec = z.infer<typeof sessionPersistence>;
