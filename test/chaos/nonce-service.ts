import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { jsonReady, Program } from '../blackbox/process.ts';

/** A service on a port of its own that can be killed, frozen and started again, and that remembers what it processed. */
export class NonceService {
  readonly name: string;
  readonly port: number;
  program: Program;
  readonly #ledger: string;

  private constructor(name: string, ledger: string, program: Program) {
    this.name = name;
    this.program = program;
    this.port = Number(program.ready.port);
    this.#ledger = ledger;
  }

  static async start(name: string): Promise<NonceService> {
    const ledger = join(mkdtempSync(join(tmpdir(), 'gossamer-chaos-')), 'ledger');
    return new NonceService(name, ledger, await run(0, ledger, name));
  }

  /** At the same address as before. */
  async startAgain(): Promise<void> {
    this.program = await run(this.port, this.#ledger, this.name);
  }

  kill(): Promise<unknown> {
    return this.program.stop('SIGKILL');
  }

  freeze(): void {
    process.kill(this.program.child.pid as number, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.program.child.pid as number, 'SIGCONT');
  }

  /** What was processed, killed or not: `GET <nonce> <bytes of the body>`, in order. */
  processed(): string[] {
    try {
      return readFileSync(this.#ledger, 'utf8').split('\n').slice(0, -1);
    } catch {
      return [];
    }
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(dirname(this.#ledger), { recursive: true, force: true });
  }
}

const run = (port: number, ledger: string, name: string): Promise<Program> =>
  Program.start(process.execPath, ['test/chaos/nonce-upstream.ts', String(port), ledger, name], { ready: jsonReady });

/** Nonces of POSTs that more than one service, or one of them twice, has processed. */
export function paidTwice(services: readonly NonceService[]): string[] {
  const posts = services.flatMap((service) => service.processed()).filter((line) => line.startsWith('POST '));
  return posts.filter((line, i) => posts.indexOf(line) !== i);
}
