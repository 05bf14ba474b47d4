import { askedAgain, type KeptDecision } from '../../snapshot/decision.ts';
import type { Explanation } from '../../snapshot/explanation.ts';
import type { AdminClient } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { coloursOf } from '../output/colours.ts';
import { decisionText } from '../output/decision.ts';
import { printJson } from '../report.ts';

/** As answers carry it in `Mesh-Decision-Id`. */
export const isDecisionId = (word: string): boolean => /^[0-9a-f]{32}$/i.test(word);

/** Tells one request that really happened, and what the policies in force now would do with it. */
export async function explainDecision(
  context: CliContext,
  client: AdminClient,
  id: string,
  json: boolean | undefined,
): Promise<void> {
  const decision = (await client.find(`/v1/decisions/${id.toLowerCase()}`)) as KeptDecision | undefined;
  if (decision === undefined) throw unknown(id, client.url);
  const now = await judgedNow(client, decision);
  if (json) return printJson(context, { decision, ...(now && { now }) });
  context.process.stdout.write(decisionText(decision, now, coloursOf(context)));
}

/** Undefined: it was refused before it was read, or for a credential that is not kept: there is nothing to judge. */
async function judgedNow(client: AdminClient, decision: KeptDecision): Promise<Explanation | undefined> {
  const { authority, path, source, status, reason = '' } = decision;
  // Of a caller that is known, 401 is the word on its end user's token.
  const ofCredential = reason.startsWith('token_') && (source === undefined || status === 401);
  if (authority === '' || path === '' || ofCredential) return undefined;
  return (await client.post('/v1/explain', askedAgain(decision))) as Explanation;
}

function unknown(id: string, store: string): CliError {
  return new CliError('not_found', `the policy store at ${store} knows no decision ${id}`, {
    next:
      'Routers push theirs every second, on Workers with their next request: try again in a moment. They are kept for 15\n' +
      'minutes, in the memory of the store that the router speaks to (name it with --admin), and of many calls that were\n' +
      'let through only some. Older ones stand in the access log of the router; ask anew: `gossamer explain METHOD URL`.',
  });
}
