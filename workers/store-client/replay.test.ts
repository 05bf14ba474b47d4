import { expect, test } from 'vitest';
import { storeReplay } from './replay.ts';

function storeThat(answers: () => Response) {
  const asked: { url: string; init: RequestInit }[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    return answers();
  };
  return { asked, replay: storeReplay({ url: 'http://store', token: 'router-token', fetch }) };
}

test.each([true, false])('says what the store says: %s', async (first) => {
  const { asked, replay } = storeThat(() => Response.json({ first }));
  expect(await replay.useOnce('thumb.jti', 5)).toBe(first);
  expect(asked).toMatchObject([
    { url: 'http://store/v1/replay', init: { method: 'POST', body: '{"key":"thumb.jti","expiresAt":5}' } },
  ]);
});

test.each([
  ['an error', () => new Response('no', { status: 503 })],
  ['a redirect', () => new Response(null, { status: 302 })],
  ['something else', () => Response.json({ first: 'true' })],
  ['nothing', () => Response.json(null)],
])('%s is no word that it was the first time', async (_what, answers) => {
  const { replay } = storeThat(answers);
  await expect(replay.useOnce('a', 5)).rejects.toThrow(/^policy store/);
});
