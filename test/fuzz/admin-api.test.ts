import { PGlite } from '@electric-sql/pglite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openPglite } from '../../policy-store/db/pglite.ts';
import { documents, openStore, service, workload } from '../contract/store-harness.ts';
import { fuzz, mutated, TIMEOUT } from './budget.ts';

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

test(
  'no body and no path makes the admin API fail: what it does not understand it refuses',
  async () => {
    const client = await PGlite.create();
    const empty = await client.dumpDataDir('none');
    await client.close();
    const mesh = await openStore(await openPglite('memory', empty));
    const { body } = await mesh.ask('GET', '/openapi.json');
    const { paths } = body as OpenApi;
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
    );
    expect(operations.length).toBeGreaterThan(15);
    const yaml = documents(service('orders'), workload('cart'));
    const bodies = [
      yaml,
      '{"ids":["spiffe://mesh.local/ns/a/sa/b"],"jkts":[],"kids":[],"issuedBefore":{}}',
      '{"workload":"cart","namespace":"shop"}',
      '{"method":"GET","url":"http://orders.shop.mesh/","from":"spiffe://mesh.local/ns/shop/sa/cart","headers":{"a":"b"}}',
      'grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=a.b.c&subject_token_type=x',
      '{"entries":[],"metrics":[],"decisions":[]}',
    ];
    const unit = fc.constantFrom(...'az09{}[]",:-_&=%\u0000é\n', 'null', '1e999', '"__proto__":{},', '[[[[[[');
    const segment = fc.oneof(
      fc.constantFrom('a', 'shop', 'orders', 'Service', '..', '%2e%2e', '%00', '%', 'a'.repeat(3000)),
      fc.string({ maxLength: 8 }).map(encodeURIComponent),
    );
    const type = fc.constantFrom(
      'application/json',
      'application/yaml',
      'application/x-www-form-urlencoded',
      'text/plain',
      'x',
    );
    const query = fc.oneof(
      fc.constant(''),
      mutated(['?dryRun=true&wait=1ms', '?limit=1&kind=Service', '?after=-1'], unit).map(
        (text) => `?${encodeURI(text.toWellFormed()).slice(3)}`,
      ),
    );
    const asked = fc.record({
      operation: fc.constantFrom(...operations),
      body: fc.oneof(fc.constantFrom(...bodies), mutated(bodies, unit)),
      type,
      segment,
      query,
    });
    await fuzz(
      fc.asyncProperty(
        asked,
        async ({ operation: [method, path], body: text, type: contentType, segment: part, query: search }) => {
          // Long polls would wait for news.
          const url = `${path.replace(/\{[^}]+\}/g, part)}${search.replaceAll('wait', 'w')}`;
          const init = method === 'GET' || method === 'DELETE' ? {} : { body: text, type: contentType };
          const answer = await mesh.ask(method, url, init);
          // There is no router beside this store that could be asked.
          if (answer.body?.code === 'explain_unavailable') return;
          expect(answer.status, `${method} ${url} ${answer.text.slice(0, 200)}`).toBeLessThan(500);
        },
      ),
    );
    expect((await mesh.ask('GET', '/readyz')).status).toBe(200);
  },
  TIMEOUT,
);
