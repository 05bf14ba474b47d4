import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Manifest } from './case-format.ts';

interface Ready {
  readonly gateway: string;
  readonly router: string;
  readonly admin: string;
  readonly adminTokenFile: string;
}

const CLI = fileURLToPath(new URL('../../cli/gossamer.js', import.meta.url));

/** `gossamer dev` as a user starts it: a process of its own, real sockets, driven over the admin API. */
export class MeshProcess {
  readonly ready: Ready;
  /** What a router needs to join. */
  readonly joinFile: string;
  readonly #child: ChildProcess;
  readonly #token: string;

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child;
    this.ready = ready;
    this.joinFile = join(dirname(ready.adminTokenFile), 'router-join.json');
    this.#token = readFileSync(ready.adminTokenFile, 'utf8').trim();
  }

  static async start(): Promise<MeshProcess> {
    const flags = ['--memory', '--log', 'json', '--gateway-port', '0', '--router-port', '0', '--admin-port', '0'];
    const child = spawn(process.execPath, [CLI, 'dev', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.includes('"event":"ready"')) continue;
      child.stdout.resume();
      return new MeshProcess(child, JSON.parse(line) as Ready);
    }
    throw new Error(`the mesh ended before it was ready (exit ${child.exitCode})`);
  }

  /**
   * Makes the store hold exactly these documents.
   * @param wait how long to wait until all routers serve them
   * @returns the revision that they are
   */
  async apply(documents: readonly Manifest[], wait: string | undefined): Promise<number> {
    const path = `/v1/apply?prune=true${wait ? `&wait=${wait}` : ''}`;
    return revisionOf(await this.#call('POST', path, JSON.stringify(documents)));
  }

  async remove(kind: string, namespace: string, name: string, wait: string | undefined): Promise<number> {
    const path = `/v1/namespaces/${namespace}/${kind}/${name}${wait ? `?wait=${wait}` : ''}`;
    return revisionOf(await this.#call('DELETE', path));
  }

  /** A WIT and the key it is bound to, for a registered Workload. */
  async token(namespace: string, workload: string, jwk: JsonWebKey): Promise<{ wit: string; spiffeId: string }> {
    const answer = await this.#call('POST', '/v1/dev/tokens', JSON.stringify({ namespace, workload, jwk }));
    return (await answer.json()) as { wit: string; spiffeId: string };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await exited;
  }

  async #call(method: string, path: string, body?: string): Promise<Response> {
    const answer = await fetch(this.ready.admin + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}

const revisionOf = async (answer: Response): Promise<number> =>
  ((await answer.json()) as { revision: number }).revision;
