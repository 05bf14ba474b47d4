import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StartError, systemReason } from './start-error.ts';

/** Fewer characters than this are no secret. */
const SHORTEST_SECRET = 16;
const SECRET = /^[\x21-\x7e]+$/;

/** The folder that holds the program's secrets and state, open to its owner only. */
export class DataFolder {
  /** Absolute. */
  readonly path: string;
  readonly #temporary: boolean;

  private constructor(path: string, temporary: boolean) {
    this.path = path;
    this.#temporary = temporary;
  }

  /** @throws StartError */
  static open(path: string): DataFolder {
    const full = resolve(path);
    try {
      mkdirSync(full, { recursive: true, mode: 0o700 });
      chmodSync(full, 0o700);
    } catch (error) {
      throw new StartError(
        `the data folder ${full} can not be used: ${systemReason(error)}. Name another with --data.`,
      );
    }
    return new DataFolder(full, false);
  }

  /** A new folder that `remove` takes away again. */
  static temporary(): DataFolder {
    return new DataFolder(mkdtempSync(join(tmpdir(), 'gossamer-')), true);
  }

  at(name: string): string {
    return join(this.path, name);
  }

  /** The secret of this name, made at the first start. @throws StartError */
  secret(name: string): string {
    const path = this.at(name);
    try {
      writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
        throw new StartError(`${path} can not be written: ${systemReason(error)}. Name another folder with --data.`);
      }
    }
    return readSecret(path);
  }

  /** Written whole or not at all, and readable by its owner only. */
  write(name: string, text: string): void {
    const path = this.at(name);
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  /** Takes a temporary folder away; leaves any other. */
  remove(): void {
    if (this.#temporary) rmSync(this.path, { recursive: true, force: true });
  }
}

function readSecret(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new StartError(`${path} can not be read: ${systemReason(error)}. Give this user access to it.`);
  }
  if (text.length >= SHORTEST_SECRET && SECRET.test(text)) return text;
  throw new StartError(
    `${path} holds no usable secret (one line of at least ${SHORTEST_SECRET} visible characters). Delete it to get a new one.`,
  );
}
