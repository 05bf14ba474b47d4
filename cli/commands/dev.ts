import { buildCommand } from '@stricli/core';
import type { CliContext } from '../context.ts';
import { filesFlag, portFlag, switchFlag } from '../flags.ts';
import { reported } from '../report.ts';
import { hostFlag, logFlag, runWorker, type StorageFlags, storageFlags } from '../worker-options.ts';

interface DevFlags extends StorageFlags {
  readonly file?: readonly string[] | undefined;
  readonly gatewayPort?: number | undefined;
  readonly routerPort?: number | undefined;
  readonly adminPort?: number | undefined;
  readonly host?: string | undefined;
  readonly log?: 'json' | 'pretty' | undefined;
  readonly json?: boolean | undefined;
}

const dev = (context: CliContext, flags: DevFlags): Promise<void> => runWorker(context, 'dev', flags);

export const devCommand = buildCommand<DevFlags, [], CliContext>({
  func: reported(dev),
  parameters: {
    flags: {
      file: filesFlag,
      gatewayPort: portFlag('Port of the gateway (8080; 0: any free one)'),
      routerPort: portFlag('Port of the router (8081; 0: any free one)'),
      adminPort: portFlag('Port of the admin API (8082; 0: any free one)'),
      host: hostFlag,
      ...storageFlags,
      log: logFlag,
      json: switchFlag('The same as --log json'),
    },
    aliases: { f: 'file' },
  },
  docs: {
    brief: 'Run policy store, router and gateway in one process',
    fullDescription:
      'Runs the whole mesh in one process on an embedded database. No account, database or container is needed.\n' +
      'Documents given with -f are applied before it says that it is ready. Ctrl-C drains and stops.\n\n' +
      'Examples:\n' +
      '  gossamer dev -f mesh.yaml\n' +
      '  gossamer dev --memory --gateway-port 0 --router-port 0 --admin-port 0 --log json\n' +
      '  gossamer dev --database-url postgres://mesh@127.0.0.1/mesh',
  },
});
