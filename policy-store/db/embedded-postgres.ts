import { type ExecProtocolOptions, type ExecProtocolResult, PGlite } from '@electric-sql/pglite';

type StreamResult = Awaited<ReturnType<PGlite['execProtocolStream']>>;

/**
 * A Postgres that panics (its disk is full, a write fails) ends its process. PGlite has none to end: whatever is asked of
 * it afterwards spins for ever in this one. So after a panic nothing reaches it any more: everything fails as the panic did.
 */
export class EmbeddedPostgres extends PGlite {
  /** The panic; what was committed before is on the disk, and a new instance on the same folder has it. */
  panic: Error | undefined;

  override execProtocolRawSync(message: Uint8Array): ReturnType<PGlite['execProtocolRawSync']> {
    if (this.panic !== undefined) throw this.panic;
    return super.execProtocolRawSync(message);
  }

  override execProtocol(message: Uint8Array, options?: ExecProtocolOptions): Promise<ExecProtocolResult> {
    return this.#watched(() => super.execProtocol(message, options));
  }

  override execProtocolStream(message: Uint8Array, options?: ExecProtocolOptions): Promise<StreamResult> {
    return this.#watched(() => super.execProtocolStream(message, options));
  }

  async #watched<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof Error && isPanic(error)) this.panic ??= error;
      throw error;
    }
  }
}

/** FATAL ends a session of Postgres, and here the session is all there is. */
const isPanic = (error: Error): boolean =>
  'severity' in error && (error.severity === 'PANIC' || error.severity === 'FATAL');
