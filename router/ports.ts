import type { Endpoint, ServicePort } from '../snapshot/chunk.ts';
import type { Sha256 } from '../snapshot/content.ts';
import type { Cancellation } from './cancellation.ts';
import type { MaybePromise } from './exchange.ts';
import type { HeaderList } from './headers.ts';
import type { Body, ResponseHead, UpstreamBody } from './message.ts';
import type { RequestRecord } from './telemetry/record.ts';

export interface Clock {
  /** Milliseconds since the epoch. Stands still during CPU work on Workers. */
  now(): number;
  /** Milliseconds from an arbitrary start, with fractions, never going back. */
  monotonic(): number;
  /** Runs `run` once after `ms`. @returns takes it back; calling it later does nothing */
  after(ms: number, run: () => void): () => void;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Cryptographically strong. */
  bytes(length: number): Uint8Array;
  /** So many strong bytes for the eyes of others, in lower-case hexadecimal. */
  hex(bytes: number): string;
}

/** One try of one request at one endpoint. */
export interface UpstreamCall {
  readonly endpoint: Endpoint;
  /** The service port that was chosen; an `address` endpoint is reached at its targetPort, else port. */
  readonly port: ServicePort;
  readonly method: string;
  /** Host to send. */
  readonly authority: string;
  /** Canonical path with query, sent byte for byte. */
  readonly target: string;
  /** Complete and clean: hop-by-hop headers are already gone. Host is not among them. Not to be mutated. */
  readonly headers: HeaderList;
  readonly body: Body;
  /** Ask the endpoint to switch protocols. A 101 is then an answer, whose body is the stream in both directions. */
  readonly upgrade?: 'websocket';
}

export interface UpstreamResponse extends ResponseHead {
  readonly body: UpstreamBody;
}

/** Why a try gave no response head. The only thing `Transport.send` may reject with. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure';
  readonly kind: 'connect' | 'reset' | 'cancelled';
  /** True only when it is certain that the upstream processed nothing of it (refused, DNS, REFUSED_STREAM). */
  readonly unprocessed: boolean;
  /** It may be the caller whose connection broke while its body was on the way: no word against the endpoint. */
  readonly maybeCallers: boolean;

  constructor(
    kind: 'connect' | 'reset' | 'cancelled',
    message: string,
    unprocessed = kind === 'connect',
    maybeCallers = false,
  ) {
    super(message);
    this.kind = kind;
    this.unprocessed = unprocessed;
    this.maybeCallers = maybeCallers;
  }
}

/** Sends one try. Never follows a redirect, never decodes a body, never retries. */
export interface Transport {
  /**
   * Resolves with the head as soon as it is there; the body flows when the entry writes it out.
   * `cancel` stays in force until the body has ended: cancelling then resets the stream.
   * @throws UpstreamFailure
   */
  send(call: UpstreamCall, cancel: Cancellation): Promise<UpstreamResponse>;
}

/** The policy store as a router sees it. Rejections mean "not now": the last known good stays in force. */
export interface SnapshotSource {
  /**
   * The newest manifest as a compact JWS, or undefined when it is still of generation `held`.
   * The source may hold the call for `waitMs` until there is a newer one (long poll); 0 answers at once.
   */
  manifest(held: number | undefined, waitMs: number): Promise<string | undefined>;
  /** Text of a chunk. The caller checks its hash. */
  chunk(hash: Sha256): Promise<string>;
  /** The private JWK (class `mesh-hop`) that signs Mesh-Calls. */
  hopKey(): Promise<JsonWebKey>;
  /** What each manifest key said of the next, compact JWS, the oldest first. Not believed without a key that is trusted. */
  endorsements(): Promise<readonly string[]>;
}

/** What a router needs to go on after a restart, apart from chunks. Holds a secret. */
export interface KeptManifest {
  readonly jws: string;
  /** When the policy store last said that this manifest is the newest (ms since the epoch). */
  readonly confirmedAt: number;
  readonly hopKey: JsonWebKey;
  /** Public keys that may sign manifests: those that were pinned, and what they endorsed since. */
  readonly manifestKeys: readonly JsonWebKey[];
}

/** Last known good across restarts: disk on Node, Cache API or KV on Workers. Failures are logged, never fatal. */
export interface SnapshotCache {
  manifest(): Promise<KeptManifest | undefined>;
  keepManifest(kept: KeptManifest): Promise<void>;
  chunk(hash: Sha256): Promise<string | undefined>;
  keepChunk(hash: Sha256, text: string): Promise<void>;
}

/** Remembers which single-use proofs were used, until they would be refused anyway. */
export interface ReplayStore {
  /**
   * @param key which proof; who asks with the same key asks about the same one
   * @param expiresAt from when on it need not be remembered, milliseconds since the epoch
   * @returns true the first time. Rejects when the store can not be asked: nobody knows then.
   */
  useOnce(key: string, expiresAt: number): MaybePromise<boolean>;
}

/** What a counter store says of one bucket. */
export interface CounterAnswer {
  readonly allowed: boolean;
  /** Whole tokens that are left. */
  readonly remaining: number;
  /** When the bucket is full again, on the clock of `now`. */
  readonly resetAt: number;
}

/** Token buckets that all routers of the mesh share, for rate limits of scope `global`. */
export interface CounterStore {
  /**
   * Takes from a bucket if it holds enough.
   * @param key of the bucket; made of a hash: it tells nothing of whom it counts
   * @param cost tokens; negative: gives back what was taken before
   * @param limit so many tokens flow in again in each window (milliseconds), and `burst` is what the bucket holds
   * @param now milliseconds since the epoch; a store that has a clock of its own goes by that
   * @returns rejects when it can not be asked. Nobody waits for it longer than 20 ms.
   */
  take(
    key: string,
    cost: number,
    limit: { readonly requests: number; readonly window: number; readonly burst: number },
    now: number,
  ): Promise<CounterAnswer>;
}

/** Takes what happened to one request. Must not throw and must not block. */
export interface TelemetrySink {
  record(record: RequestRecord): void;
}

/** Says one thing about the router's own state (not about a request). Fields hold no secrets. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/**
 * Keeps work alive that goes on after the answer, where a runtime would end it (`waitUntil` on Workers). The work never
 * rejects.
 */
export type Background = (work: Promise<unknown>) => void;

export interface RouterPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly source: SnapshotSource;
  readonly cache?: SnapshotCache;
  /** What all routers of the mesh share, for `replayProtection: strict`. Absent: that mode refuses strict proofs. */
  readonly replay?: ReplayStore;
  /** Absent: rate limits of scope `global` act by their `onFailure`. */
  readonly counters?: CounterStore;
  readonly telemetry: TelemetrySink;
  readonly log: Log;
  /** Requests must not touch each other's I/O (Workers): none is ended from outside of it. */
  readonly isolated?: boolean;
  /** Absent: work goes on by itself. */
  readonly background?: Background;
}
