import { buildCommand, buildRouteMap } from '@stricli/core';
import type { CliContext } from '../context.ts';
import { filesFlag, portFlag, switchFlag, textFlag } from '../flags.ts';
import { reported } from '../report.ts';
import { hostFlag, logFlag, runWorker, type StorageFlags, storageFlags } from '../worker-options.ts';

interface ServeFlags {
  readonly host?: string | undefined;
  readonly log?: 'json' | 'pretty' | undefined;
  readonly json?: boolean | undefined;
}

interface StoreFlags extends ServeFlags, StorageFlags {
  readonly file?: readonly string[] | undefined;
  readonly adminPort?: number | undefined;
}

interface JoinFlags extends ServeFlags {
  readonly join?: string | undefined;
  readonly data?: string | undefined;
  readonly opsPort?: number | undefined;
  readonly reusePort?: boolean | undefined;
}

interface RouterFlags extends JoinFlags {
  readonly routerPort?: number | undefined;
}

interface GatewayFlags extends JoinFlags {
  readonly gatewayPort?: number | undefined;
}

const serveFlags = { host: hostFlag, log: logFlag, json: switchFlag('The same as --log json') } as const;
const joinFlags = {
  ...serveFlags,
  join: textFlag(
    'File that the policy store wrote, DATA/router-join.json (or GOSSAMER_JOIN_FILE, GOSSAMER_JOIN)',
    'FILE',
  ),
  data: textFlag('Folder for the last known good snapshot (.gossamer)', 'DIR'),
  opsPort: portFlag('Port of /healthz and /readyz (any free one)'),
  reusePort: switchFlag('Share the port with others that are started with this flag, one for each core (Linux)'),
} as const;

const policyStore = buildCommand<StoreFlags, [], CliContext>({
  func: reported((context: CliContext, flags: StoreFlags) => runWorker(context, 'policy-store', flags)),
  parameters: {
    flags: { ...serveFlags, ...storageFlags, file: filesFlag, adminPort: portFlag('Port of the admin API (8082)') },
    aliases: { f: 'file' },
  },
  docs: {
    brief: 'The policy store alone',
    fullDescription:
      'Examples:\n  gossamer serve policy-store --database-url postgres://mesh@127.0.0.1/mesh --data /var/lib/gossamer',
  },
});

const router = buildCommand<RouterFlags, [], CliContext>({
  func: reported((context: CliContext, flags: RouterFlags) => runWorker(context, 'router', flags)),
  parameters: { flags: { ...joinFlags, routerPort: portFlag('Port of the router (8081; 0: any free one)') } },
  docs: {
    brief: 'A router of a policy store elsewhere',
    fullDescription:
      'Examples:\n  gossamer serve router --join router-join.json --data /var/lib/gossamer-router\n  gossamer serve router --join router-join.json --data /var/lib/gossamer-router-2 --reuse-port',
  },
});

const gateway = buildCommand<GatewayFlags, [], CliContext>({
  func: reported((context: CliContext, flags: GatewayFlags) => runWorker(context, 'gateway', flags)),
  parameters: { flags: { ...joinFlags, gatewayPort: portFlag('Port of the gateway (8080; 0: any free one)') } },
  docs: {
    brief: 'A gateway of a policy store elsewhere',
    fullDescription: 'Examples:\n  gossamer serve gateway --join router-join.json --host 0.0.0.0',
  },
});

export const serveRoutes = buildRouteMap({
  routes: { 'policy-store': policyStore, router, gateway },
  docs: { brief: 'Run one part of the mesh by itself' },
});
