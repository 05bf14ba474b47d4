import type { Reply, ReplyEnd } from '../../router/index.ts';
import type { DrainTimes } from '../platform/drain-times.ts';
import type { Accept } from './answer.ts';
import { Bridge } from './bridge.ts';
import { consoleLog } from './console-voice.ts';
import type { Member } from './member.ts';

export interface DepartureOptions {
  readonly member: Pick<Member, 'follower' | 'leave'>;
  readonly times: DrainTimes;
  /** Takes no more connections. Resolves when all that are there have ended. */
  readonly closeServer: () => Promise<void>;
  /** After the last request: hands over what is left. */
  readonly stop: () => Promise<void>;
  /** Writes what is held back: the last thing before the end. */
  readonly lastWords: () => void;
}

/** How long requests that were on their way are still refused in words, milliseconds; behind it connections are closed. */
const LAST_REQUESTS = 250;
/** As at Node's own: one Ctrl-C can arrive twice, milliseconds. */
const SAME_SIGNAL = 1_000;

/** How a server on Deno or Bun stops. */
export class Departure {
  #leaving = false;
  #refusing = false;
  #signalledAt: number | undefined;
  readonly #bridges = new Set<Bridge>();

  /** `accept` that knows the WebSockets which are open. */
  joining(accept: Accept): Accept {
    return (reply: Reply, ended: (end: ReplyEnd) => void) => {
      const { body } = reply;
      if (!(body instanceof Bridge)) return accept(reply, ended);
      this.#bridges.add(body);
      if (this.#refusing) body.leave();
      return accept(reply, (end) => {
        this.#bridges.delete(body);
        ended(end);
      });
    };
  }

  /** The answer as it goes out: the last one on its connection, once the program stops. */
  marked(response: Response): Response {
    // Bun has answered a handshake by itself, and then there is nothing here.
    if (this.#leaving && response?.status !== undefined && response.status !== 101) {
      response.headers.set('connection', 'close');
    }
    return response;
  }

  /** @param exit ends the process: 0 when all requests have ended, 1 when some were cut */
  onSignal(signal: string, options: DepartureOptions, exit: (code: number) => void): void {
    const now = performance.now();
    const leave = (code: number): void => {
      options.lastWords();
      exit(code);
    };
    if (this.#signalledAt === undefined) {
      this.#signalledAt = now;
      consoleLog('info', 'stopping', { signal });
      this.#leave(options).then(leave, () => leave(1));
    } else if (now - this.#signalledAt >= SAME_SIGNAL) leave(1);
  }

  async #leave({ member, times, closeServer, stop }: DepartureOptions): Promise<number> {
    this.#leaving = true;
    const limit = after(times.limit).then(() => false);
    await after(times.delay);
    this.#refusing = true;
    member.follower.retire();
    for (const bridge of this.#bridges) bridge.leave();
    const told = member.leave().catch((error: unknown) => {
      consoleLog('warn', 'the policy store was not told of the stop: it waits for this router 30 s longer', {
        error: String(error),
      });
    });
    await after(Math.min(LAST_REQUESTS, times.limit - times.delay));
    const ended = await Promise.race([closeServer().then(() => true), limit]);
    if (!ended) consoleLog('warn', 'requests were cut at the drain limit');
    await told;
    await stop();
    return ended ? 0 : 1;
  }
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
