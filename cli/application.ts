import { readFileSync } from 'node:fs';
import { buildApplication, buildRouteMap, help, run, text_en, version } from '@stricli/core';
import { messageOf } from './cli-error.ts';
import { analyzeCommand } from './commands/analyze.ts';
import { applyCommand } from './commands/apply.ts';
import { approvalsRoutes, approveCommand } from './commands/approvals.ts';
import { auditRoutes } from './commands/audit.ts';
import { deleteCommand } from './commands/delete.ts';
import { describeCommand } from './commands/describe.ts';
import { devCommand } from './commands/dev.ts';
import { diffCommand } from './commands/diff.ts';
import { explainCommand } from './commands/explain.ts';
import { getCommand } from './commands/get.ts';
import { identityRoutes } from './commands/identity.ts';
import { keysRoutes } from './commands/keys.ts';
import { revokeRoutes } from './commands/revoke.ts';
import { serveRoutes } from './commands/serve.ts';
import { statusCommand } from './commands/status.ts';
import { tokenCommand } from './commands/token.ts';
import { whatCanCommand } from './commands/what-can.ts';
import { whoCanCommand } from './commands/who-can.ts';
import { whoamiCommand } from './commands/whoami.ts';
import type { CliContext } from './context.ts';

const { version: currentVersion } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const routes = buildRouteMap({
  routes: {
    dev: devCommand,
    serve: serveRoutes,
    apply: applyCommand,
    get: getCommand,
    describe: describeCommand,
    delete: deleteCommand,
    diff: diffCommand,
    analyze: analyzeCommand,
    explain: explainCommand,
    'who-can': whoCanCommand,
    'what-can': whatCanCommand,
    token: tokenCommand,
    identity: identityRoutes,
    keys: keysRoutes,
    revoke: revokeRoutes,
    status: statusCommand,
    whoami: whoamiCommand,
    audit: auditRoutes,
    approvals: approvalsRoutes,
    approve: approveCommand,
  },
  docs: {
    brief: 'A service mesh for the edge',
    fullDescription:
      'A service mesh for the edge: identity, routing, safe retries and telemetry in one small router.\n\n' +
      'Start here:\n' +
      '  gossamer dev -f mesh.yaml\n' +
      '  gossamer explain --from spiffe://mesh.local/ns/shop/sa/storefront GET http://orders.shop.mesh/\n\n' +
      'Exit codes: 0 done, 1 ran and failed, 2 called wrongly. `diff`: 0 same, 1 differs, 2 failed.',
  },
});

const formatting = {
  useAliasInUsageLine: true,
  onlyRequiredInUsageLine: true,
  caseStyle: 'convert-camel-to-kebab',
} as const;

const application = buildApplication<CliContext>(
  routes,
  {
    name: 'gossamer',
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    localization: {
      text: {
        ...text_en,
        exceptionWhileParsingArguments: (thrown) => `gossamer: ${messageOf(thrown)}\nSee --help.`,
        noCommandRegisteredForInput: ({ input, corrections }) =>
          `gossamer: ${unknownCommand(input, corrections)}\nSee gossamer --help.`,
      },
    },
  },
  {
    help: help({ brief: 'Print this help and exit', defaultForRouteMap: true, formatting }),
    version: version({ brief: 'Print the version and exit', info: { currentVersion } }),
  },
);

function unknownCommand(input: string, corrections: readonly string[]): string {
  const guess = corrections.length === 0 ? '' : `; did you mean ${corrections.join(' or ')}?`;
  return `there is no command ${JSON.stringify(input)}${guess}`;
}

/** Usage errors of stricli are negative numbers. */
const USAGE = 2;

/**
 * Runs one command line.
 * @param inputs the words after the program's name
 * @returns exit code: 0 done, 1 ran and failed, 2 called wrongly
 */
export async function runCommandLine(inputs: readonly string[], context: CliContext): Promise<number> {
  await run(application, inputs, context);
  const code = Number(context.process.exitCode ?? 0);
  if (code === 0) return context.outcome;
  return code === -4 || code === -5 ? USAGE : 1;
}
