/** What a server of Redis' protocol (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec) answers. */
export type Reply = string | number | null | ServerError | readonly Reply[];

/** The server's own words: `NOSCRIPT No matching script`. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
}

/** What came can not be gone on with: not RESP, too much of it, or a refusal of our greeting. */
export class NotResp extends Error {
  override readonly name = 'NotResp';
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Longest line, text and list that a server of ours would send. */
const MAX_LINE = 1_024;
const MAX_TEXT = 4_096;
const MAX_LIST = 64;
const CR = 13;

/** One command, as bytes. */
export function encodeCommand(words: readonly string[]): Uint8Array {
  const parts = words.map((word) => `$${encoder.encode(word).length}\r\n${word}\r\n`);
  return encoder.encode(`*${words.length}\r\n${parts.join('')}`);
}

/** Makes replies of bytes as they come, in pieces of any size. Holds at most one reply that is not whole yet. */
export class ReplyReader {
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;

  /** @returns the replies that are whole now @throws NotResp; nothing of the connection can be understood then */
  push(bytes: Uint8Array): Reply[] {
    this.#bytes = join(this.#bytes, bytes);
    const replies: Reply[] = [];
    for (;;) {
      this.#at = 0;
      const reply = this.#read(0);
      if (reply === undefined) return replies;
      this.#bytes = this.#bytes.subarray(this.#at);
      replies.push(reply);
    }
  }

  /** Undefined: it is not whole. */
  #read(depth: number): Reply | undefined {
    const line = this.#line();
    if (line === undefined) return undefined;
    const rest = line.slice(1);
    switch (line[0]) {
      case '+':
        return rest;
      case '-':
        return new ServerError(rest);
      case ':':
        return integer(rest, Number.MAX_SAFE_INTEGER);
      case '$':
        return rest === '-1' ? null : this.#text(integer(rest, MAX_TEXT));
      case '*':
        if (depth > 1) throw new NotResp('lists are nested too deep');
        return rest === '-1' ? null : this.#list(integer(rest, MAX_LIST), depth);
      default:
        throw new NotResp('an answer begins with a sign that is not known');
    }
  }

  #line(): string | undefined {
    const end = this.#bytes.indexOf(CR, this.#at);
    const length = (end < 0 ? this.#bytes.length : end) - this.#at;
    if (length > MAX_LINE) throw new NotResp('a line is too long');
    if (end < 0 || end + 1 >= this.#bytes.length) return undefined;
    const line = decoder.decode(this.#bytes.subarray(this.#at, end));
    this.#at = end + 2;
    return line;
  }

  #text(length: number): string | undefined {
    const end = this.#at + length;
    if (end + 2 > this.#bytes.length) return undefined;
    const text = decoder.decode(this.#bytes.subarray(this.#at, end));
    this.#at = end + 2;
    return text;
  }

  #list(length: number, depth: number): readonly Reply[] | undefined {
    const list: Reply[] = [];
    while (list.length < length) {
      const reply = this.#read(depth + 1);
      if (reply === undefined) return undefined;
      list.push(reply);
    }
    return list;
  }
}

function integer(text: string, most: number): number {
  if (!/^-?\d{1,16}$/.test(text)) throw new NotResp('a number is none');
  const value = Number(text);
  if (Math.abs(value) > most || (most !== Number.MAX_SAFE_INTEGER && value < 0))
    throw new NotResp('an answer is too long');
  return value;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
