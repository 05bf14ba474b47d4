import { readFileSync } from 'node:fs';
import { type Join, parseJoin } from '../store-client/join.ts';
import { StartError, systemReason } from './start-error.ts';

/**
 * How to join: the file that was named, else GOSSAMER_JOIN (the text itself), else GOSSAMER_JOIN_FILE.
 * @throws StartError
 */
export function findJoin(file: string | undefined, env: Readonly<Record<string, string | undefined>>): Join {
  const path = file ?? (env.GOSSAMER_JOIN === undefined ? env.GOSSAMER_JOIN_FILE : undefined);
  if (path !== undefined) return parsed(read(path), path);
  if (env.GOSSAMER_JOIN !== undefined) return parsed(env.GOSSAMER_JOIN, 'GOSSAMER_JOIN');
  throw new StartError(
    'which mesh to join is not said. Name the router-join.json that the policy store wrote with --join, GOSSAMER_JOIN_FILE or GOSSAMER_JOIN.',
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(
      `the join file ${path} can not be read: ${systemReason(error)}. Copy the policy store's router-join.json.`,
    );
  }
}

function parsed(text: string, from: string): Join {
  try {
    return parseJoin(text);
  } catch (error) {
    throw new StartError(
      `${from} is no join file: ${systemReason(error)}. Copy the policy store's router-join.json again.`,
    );
  }
}
