import type { Lines } from './log.ts';

/** Lines held back before they are written at once. */
const MAX_HELD = 64 * 1024;

/**
 * Standard output, written once a turn of the event loop: a write to a pipe blocks, and one a request costs as much as
 * the request.
 */
export class StandardOutput implements Lines {
  readonly isTTY = process.stdout.isTTY === true;
  #held = '';

  constructor() {
    // Whoever read us may have gone; that is no reason to stop serving.
    process.stdout.on('error', () => undefined);
    process.on('exit', () => this.flush());
  }

  write(line: string): void {
    if (this.#held === '') setImmediate(() => this.flush());
    this.#held += line;
    if (this.#held.length > MAX_HELD) this.flush();
  }

  flush(): void {
    const held = this.#held;
    this.#held = '';
    if (held !== '') process.stdout.write(held);
  }
}
