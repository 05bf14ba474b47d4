/** A worker with the SDK: says who calls, and how long the body is that it reads after the check. */
import { createMesh, issuedToken, type TrustBundleDocument } from '../../sdk/index.ts';

const { wit, privateJwk, trustBundle } = JSON.parse(process.env.SDK_HANDLER ?? '{}') as {
  readonly wit: string;
  readonly privateJwk: JsonWebKey;
  readonly trustBundle: TrustBundleDocument;
};
const mesh = createMesh({
  identity: issuedToken({ wit, privateJwk }),
  router: 'http://127.0.0.1:1',
  trustBundle,
  strict: true,
});

export default mesh.wrap({
  async fetch(request: Request) {
    const text = await request.text();
    return Response.json({ caller: mesh.caller()?.spiffeId, length: text.length });
  },
});
