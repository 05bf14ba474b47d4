import type { ExplainRequest, Explanation } from '../../snapshot/explanation.ts';
import { Refusal } from '../exchange.ts';
import { screen } from '../stages/screen.ts';
import { type ExplainedSnapshot, endUserIn, enterGateway, enterMesh, requestOf } from './entry.ts';
import type { Question } from './shares.ts';
import type { Telling } from './telling.ts';

/** The call as the pipeline would have it where its rule is looked for; an explanation when it does not come so far. */
export async function questionOf(
  snapshot: ExplainedSnapshot,
  ask: ExplainRequest,
  telling: Telling,
): Promise<Question | Explanation> {
  const request = requestOf(ask);
  if (request === undefined) {
    return telling.refused(
      'screen',
      new Refusal('request_invalid', 'Ask with an absolute URL: http://orders.shop.mesh/path.'),
    );
  }
  const connection = { remoteAddress: ask.remoteAddress ?? '' };
  const reporter = ask.gateway === undefined ? 'router' : 'gateway';
  const screened = screen({ parts: { reporter }, request, snapshot, connection });
  if (screened instanceof Refusal) return telling.refused('screen', screened);
  telling.pass('screen', `The canonical path is ${screened.path}.`);
  const entry =
    ask.gateway === undefined
      ? await enterMesh(snapshot, screened, ask, telling)
      : enterGateway(
          snapshot,
          screened,
          {
            key: ask.gateway,
            scheme: request.scheme,
            ...(ask.serverName !== undefined && { serverName: ask.serverName }),
          },
          telling,
        );
  if ('refusal' in entry) return telling.refused(entry.stage, entry.refusal);
  return { ...entry, ...screened, request, connection, snapshot, endUser: endUserIn(ask) };
}
