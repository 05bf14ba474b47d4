import type { Sha256 } from '../snapshot/content.ts';
import type { ExplainRequest, Explanation } from '../snapshot/explanation.ts';
import type { KnownPrincipal, WhatCan, WhatCanRequest, WhoCan, WhoCanRequest } from '../snapshot/inquiry.ts';
import type { DecisionBounds } from './decisions/decisions.ts';
import type { OutsideFetch } from './issuer-keys/issuer-source.ts';

/** Says one thing about the store's own state. Fields hold no secrets. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** The published snapshot, read from inside this process. */
export interface SnapshotReader {
  /** The newest manifest, compact JWS. */
  manifest(): Promise<string>;
  /** @throws StoreRefusal `not_found` */
  chunk(hash: Sha256): Promise<string>;
  /** What each manifest key said of the next, compact JWS, the oldest first. */
  endorsements(): Promise<string[]>;
}

/** What the store needs of the program that it runs in. */
export interface StorePorts {
  /** `now` in milliseconds since the epoch. */
  readonly clock: { now(): number };
  readonly log: Log;
  /** Answers `POST /v1/explain`: the decisions are the router's, which this plane does not know. */
  readonly explain?: (read: SnapshotReader, ask: ExplainRequest) => Promise<Explanation>;
  /** Fetches the keys of issuers outside of the mesh; absent: no token of theirs can be believed. */
  readonly outside?: OutsideFetch;
  /** Answers `POST /v1/who-can`. */
  readonly whoCan?: (read: SnapshotReader, ask: WhoCanRequest, known: readonly KnownPrincipal[]) => Promise<WhoCan>;
  /** Answers `POST /v1/what-can`. @param services `namespace/name` */
  readonly whatCan?: (
    read: SnapshotReader,
    ask: WhatCanRequest,
    services: readonly string[],
  ) => Promise<Omit<WhatCan, 'of'>>;
}

export interface PolicyStoreOptions {
  /** A data folder for the embedded Postgres, memory, or a server that several stores may share. */
  readonly database: { readonly pglite: string } | { readonly url: string };
  /** Allows loopback endpoints and `POST /v1/dev/tokens`. */
  readonly devMode: boolean;
  /** Opens everything. At least 16 characters. */
  readonly adminToken: string;
  /** Opens the snapshot and telemetry, for routers and gateways. At least 16 characters. */
  readonly routerToken: string;
  /** AES-GCM; wraps private signing keys in the database. Without it they are lost. */
  readonly keyEncryptionKey: CryptoKey;
  /** Public URL of the admin API without trailing slash: issuer identifier, and base of the token endpoint. */
  readonly issuer: string;
  /** How many decisions of routers are kept, and how long; absent: 20,000, 32 MiB, 15 minutes. */
  readonly decisions?: DecisionBounds;
}
