/** What the SDK uses of it: the same on Node, Deno, Bun and Workers (`enterWith` is missing on the last). */
declare module 'node:async_hooks' {
  export class AsyncLocalStorage<Store> {
    run<Result>(store: Store, run: () => Result): Result;
    getStore(): Store | undefined;
  }
}
