import type { Clock } from '../../router/index.ts';

/** How long a line waits for others, milliseconds. */
const HOLD = 10;
/** Characters held back before they are written at once. */
const MAX_HELD = 64 * 1024;

/** Lines that are written together: a write to a pipe blocks, and one a request costs half as much as the request. */
export class HeldLines {
  readonly #write: (lines: string) => void;
  readonly #clock: Pick<Clock, 'after'>;
  #held = '';
  #waiting = false;

  /** @param write one line or several, without the last line feed */
  constructor(write: (lines: string) => void, clock: Pick<Clock, 'after'>) {
    this.#write = write;
    this.#clock = clock;
  }

  add(line: string): void {
    this.#held = this.#held === '' ? line : `${this.#held}\n${line}`;
    if (this.#held.length > MAX_HELD) this.flush();
    else if (!this.#waiting) {
      this.#waiting = true;
      this.#clock.after(HOLD, () => {
        this.#waiting = false;
        this.flush();
      });
    }
  }

  /** Before the program ends. */
  flush(): void {
    const held = this.#held;
    this.#held = '';
    if (held !== '') this.#write(held);
  }
}
