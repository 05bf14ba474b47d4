import * as z from 'zod';
import { defineKind } from '../kind.ts';
import { userHeader } from '../schema/changeable-header.ts';
import { problem } from '../schema/check.ts';
import { duration } from '../schema/duration.ts';
import { fields } from '../schema/fields.ts';
import { cookieName, headerName, labels } from '../schema/text.ts';
import { targetRef } from './authorization-policy.ts';

const text = z.string().min(1).max(2048);
const claim = z.string().min(1).max(256);

/** URL of a key set; where it may lead is judged when it is fetched. */
const url = text.refine((value) => URL.canParse(value) && /^https?:\/\/[^@]*$/.test(value), {
  message: 'must be an absolute http(s) URL without a user',
});

/** Where it is no URL there is nothing to ask for keys, so `jwks` or `jwksUri` must say them. */
const isUrl = (issuer: string): boolean => /^https?:\/\//.test(issuer) && URL.canParse(issuer);

const jwtRule = fields({
  issuer: text.refine((value) => !/[\r\n]/.test(value) && !value.startsWith('spiffe://'), {
    message: "must be one line, and not a trust domain's: workloads prove themselves otherwise",
  }),
  audiences: z.array(text).min(1).max(64).exactOptional(),
  jwksUri: url.exactOptional(),
  jwks_uri: url.exactOptional(),
  jwks: z.string().min(1).max(65_536).exactOptional(),
  fromHeaders: z
    .array(fields({ name: headerName, prefix: z.string().max(64).exactOptional() }))
    .min(1)
    .max(8)
    .exactOptional(),
  fromParams: z.array(claim).min(1).max(8).exactOptional(),
  fromCookies: z.array(cookieName).min(1).max(8).exactOptional(),
  outputPayloadToHeader: userHeader.exactOptional(),
  outputClaimToHeaders: z
    .array(fields({ header: userHeader, claim }))
    .min(1)
    .max(32)
    .exactOptional(),
  forwardOriginalToken: z.boolean().exactOptional(),
  spaceDelimitedClaims: z.array(claim).min(1).max(16).exactOptional(),
  timeout: duration.exactOptional(),
}).check((ctx) => {
  const { jwks, jwksUri, jwks_uri: alias, issuer } = ctx.value;
  const ways = [jwks, jwksUri, alias].filter((way) => way !== undefined).length;
  if (ways > 1) problem(ctx, [], 'may have one of jwks and jwksUri, not both');
  if (ways === 0 && !isUrl(issuer)) {
    problem(ctx, ['issuer'], 'is no URL that could be asked for its keys: give jwksUri or jwks');
  }
});

const spec = fields({
  selector: fields({ matchLabels: labels.exactOptional() }).exactOptional(),
  targetRef: targetRef.exactOptional(),
  targetRefs: z.array(targetRef).min(1).max(16).exactOptional(),
  jwtRules: z.array(jwtRule).min(1).max(32).exactOptional(),
}).check((ctx) => {
  const { selector, targetRef: one, targetRefs } = ctx.value;
  if ([selector, one, targetRefs].filter((way) => way !== undefined).length > 1) {
    problem(ctx, [], 'may have one of selector, targetRef and targetRefs, not several');
  }
});

export type RequestAuthenticationSpec = z.infer<typeof spec>;
export type JwtRuleSpec = z.infer<typeof jwtRule>;

/** Whose end users a target knows: what is wrong with a token is refused, none at all is a matter of the policies. */
export const REQUEST_AUTHENTICATION = defineKind<RequestAuthenticationSpec>({
  group: 'security.istio.io',
  versions: ['v1', 'v1beta1'],
  kind: 'RequestAuthentication',
  plural: 'requestauthentications',
  shortNames: ['ra'],
  spec,
});
