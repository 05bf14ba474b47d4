const CLOSE = 8;

/** Follows the frames that one end of a WebSocket sends (RFC 6455 5.2), and keeps nothing of them. */
export class WebSocketFrames {
  #head: number[] = [];
  /** Bytes of the payload still to come. */
  #left = 0;
  #closing = false;

  /** Here a frame of ours may stand. */
  get betweenFrames(): boolean {
    return this.#head.length === 0 && this.#left === 0;
  }

  /** A whole close frame has passed. */
  get closed(): boolean {
    return this.#closing && this.betweenFrames;
  }

  /** @param toEnd stop where a frame ends @returns how many bytes were taken */
  take(chunk: Buffer, toEnd = false): number {
    let at = 0;
    while (at < chunk.length && !(toEnd && this.betweenFrames)) {
      if (this.#left > 0) {
        const part = Math.min(this.#left, chunk.length - at);
        this.#left -= part;
        at += part;
      } else {
        this.#head.push(chunk[at++] as number);
        this.#readHead();
      }
    }
    return at;
  }

  #readHead(): void {
    const [first = 0, second] = this.#head;
    if (second === undefined) return;
    const short = second & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    const mask = (second & 0x80) === 0 ? 0 : 4;
    if (this.#head.length < 2 + extended + mask) return;
    const long = this.#head.slice(2, 2 + extended).reduce((sum, byte) => sum * 256 + byte, 0);
    this.#left = extended === 0 ? short : long;
    this.#closing ||= (first & 0x0f) === CLOSE;
    this.#head = [];
  }
}

/** A close frame with a code and no words. @param mask four bytes where a client says it, absent where a server does */
export function closeFrame(code: number, mask?: Uint8Array): Buffer {
  const payload = [code >> 8, code & 0xff];
  if (mask === undefined) return Buffer.from([0x80 | CLOSE, 2, ...payload]);
  return Buffer.from([0x80 | CLOSE, 0x82, ...mask, ...payload.map((byte, at) => byte ^ (mask[at] as number))]);
}
