import { PGlite } from '@electric-sql/pglite';
import { beforeAll, describe } from 'vitest';
import { openPglite } from '../../policy-store/db/pglite.ts';
import { accessContract } from './access-contract.ts';
import { apiContract } from './api-contract.ts';
import { approvalContract } from './approval-contract.ts';
import { documentContract } from './document-contract.ts';
import { enrolmentContract } from './enrolment-contract.ts';
import { identityContract } from './identity-contract.ts';
import { issuerKeyContract } from './issuer-key-contract.ts';
import { keyContract } from './key-contract.ts';
import { sealingContract } from './sealing-contract.ts';
import { snapshotContract } from './snapshot-contract.ts';

let empty: Blob;
beforeAll(async () => {
  const client = await PGlite.create();
  empty = await client.dumpDataDir('none');
  await client.close();
});

const place = { fresh: () => openPglite('memory', empty) };

describe('documents on PGlite', () => documentContract(place));
describe('snapshots on PGlite', () => snapshotContract(place));
describe('identity on PGlite', () => identityContract(place));
describe('enrolment on PGlite', () => enrolmentContract(place));
describe('signing keys on PGlite', () => keyContract(place));
describe('keys of issuers on PGlite', () => issuerKeyContract(place));
describe('admin API on PGlite', () => apiContract(place));
describe('access on PGlite', () => accessContract(place));
describe('approvals on PGlite', () => approvalContract(place));
describe('sealing on PGlite', () => sealingContract(place));
