import { HeaderList, type UpstreamResponse } from '../../router/index.ts';

/** gRPC's word for what is not to be had here, ever. */
const UNIMPLEMENTED = '12';

/**
 * The answer to a gRPC call. It would end in trailers, and fetch shows none: a call that went on would come back without
 * its outcome. Nothing but headers, which gRPC reads as trailers.
 */
export const grpcRefusal = (): UpstreamResponse => ({
  status: 200,
  headers: HeaderList.from([
    ['content-type', 'application/grpc'],
    ['grpc-status', UNIMPLEMENTED],
    [
      'grpc-message',
      'This router can not carry gRPC, which needs trailers: send the call to a Gossamer router on Node.',
    ],
  ]),
  body: { discard: () => undefined },
});
