import type { CorsSpec } from '../kinds/cors.ts';
import type { HttpRouteMatch, HttpRouteRule } from '../kinds/http-route.ts';
import type { Marks } from './mesh-document.ts';

/** What a route is attached to: a service, a gateway, or one port or listener of it. */
export type ParentInput<Name extends string> =
  | Name
  | {
      readonly to: Name;
      readonly port?: number;
      /** Listener of a gateway, or port of a service, by name. */
      readonly section?: string;
    };

/** Text that must be equal, or a regular expression. */
export type ValueInput = string | { readonly regex: string };

/** All of it must hold. */
export interface MatchInput {
  /** Text is a prefix of whole segments: `/a` holds for `/a` and `/a/b`, not for `/ab`. */
  readonly path?: string | { readonly exact: string } | { readonly regex: string };
  readonly method?: NonNullable<HttpRouteMatch['method']>;
  readonly headers?: Readonly<Record<string, ValueInput>>;
  readonly query?: Readonly<Record<string, ValueInput>>;
}

/** Changes to headers. */
export interface HeaderChanges {
  readonly set?: Readonly<Record<string, string>>;
  readonly add?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
}

/** A new path: the whole of it, or what stands in place of the matched prefix. */
type NewPath =
  | { readonly path?: string; readonly prefix?: never }
  | { readonly prefix?: string; readonly path?: never };

/** What the backend sees in place of what the caller wrote. */
export type RewriteInput = { readonly host?: string } & NewPath;

/** Where the caller is sent. Default status: 302. */
export type RedirectInput = {
  readonly scheme?: 'http' | 'https';
  readonly host?: string;
  readonly port?: number;
  readonly status?: 301 | 302 | 303 | 307 | 308;
} & NewPath;

/** One backend with more than its share. The port is the service's first one, unless it is given. */
export interface BackendInput<Service extends string> {
  readonly service: Service;
  readonly port?: number;
  readonly weight?: number;
  readonly requestHeaders?: HeaderChanges;
  readonly responseHeaders?: HeaderChanges;
}

/** One service, services by weight, or a list with more about each. */
export type BackendsInput<Service extends string> =
  | Service
  | { readonly [Name in Service]?: number }
  | readonly BackendInput<Service>[];

/** Where copies go: all of them, or a share in percent. */
export type MirrorInput<Service extends string> = Service | { readonly to: Service; readonly percent: number };

interface RuleSettings<Service extends string, Fault extends string> {
  readonly name?: string;
  /** Any of them. Absent: every request. */
  readonly when?: MatchInput | readonly MatchInput[];
  readonly requestHeaders?: HeaderChanges;
  readonly responseHeaders?: HeaderChanges;
  readonly mirror?: MirrorInput<Service> | readonly MirrorInput<Service>[];
  readonly cors?: CorsSpec;
  /** Trouble on purpose for what matches: `faults` of this mesh by name. */
  readonly faults?: Fault | readonly Fault[];
  /** For the whole request: `2s`. */
  readonly timeout?: string;
  /** For one try: `500ms`. */
  readonly tryTimeout?: string;
  readonly retry?: NonNullable<HttpRouteRule['retry']>;
  readonly session?: NonNullable<HttpRouteRule['sessionPersistence']>;
}

/** What happens to requests that match: they are sent to a backend, or the caller is sent elsewhere. */
export type RuleInput<Service extends string, Fault extends string = string> = RuleSettings<Service, Fault> &
  (
    | { readonly to: BackendsInput<Service>; readonly rewrite?: RewriteInput; readonly redirect?: never }
    | { readonly redirect: RedirectInput; readonly to?: never; readonly rewrite?: never }
  );

interface RouteSettings<Service extends string, Gateway extends string> extends Marks {
  readonly on: ParentInput<Service | Gateway> | readonly ParentInput<Service | Gateway>[];
  readonly hostnames?: readonly string[];
}

/** A route with one rule, or with several. */
export type RouteInput<Service extends string, Gateway extends string, Fault extends string = string> = RouteSettings<
  Service,
  Gateway
> &
  (
    | (RuleInput<Service, Fault> & { readonly rules?: never })
    | { readonly rules: readonly RuleInput<Service, Fault>[]; readonly to?: never; readonly redirect?: never }
  );
