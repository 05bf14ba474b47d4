import { sameContent } from '../../snapshot/content.ts';
import type { CompiledMesh } from './compile-mesh.ts';

/**
 * The same mesh, with every piece that the one before it had too as the very object that it was there: who works on
 * pieces can tell by identity which of them changed.
 */
export const withKnownPieces = (mesh: CompiledMesh, before: CompiledMesh | undefined): CompiledMesh =>
  before === undefined
    ? mesh
    : {
        ...mesh,
        services: known(mesh.services, before.services),
        policies: known(mesh.policies, before.policies),
        gateways: known(mesh.gateways, before.gateways),
      };

interface Piece {
  readonly namespace: string;
  readonly name?: string;
}

function known<T extends Piece>(pieces: readonly T[], before: readonly T[]): T[] {
  const byName = new Map(before.map((piece) => [nameOf(piece), piece]));
  return pieces.map((piece) => {
    const same = byName.get(nameOf(piece));
    return same !== undefined && sameContent(piece, same) ? same : piece;
  });
}

const nameOf = ({ namespace, name }: Piece): string => `${namespace}/${name ?? ''}`;
