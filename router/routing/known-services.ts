/** Services that one snapshot answers without a look into its parts. */
const MAX_KNOWN = 4096;

/**
 * Services of one snapshot that were found, with the wider policies that hold for them: a snapshot never changes, so what
 * was put together once holds as long as it does. By two names, because one of both would have to be made for each request.
 */
export class KnownServices<Addressed> {
  readonly #namespaces = new Map<string, Map<string, Addressed>>();
  #size = 0;

  get(namespace: string, name: string): Addressed | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  set(namespace: string, name: string, found: Addressed): void {
    if (this.#size >= MAX_KNOWN) {
      this.#namespaces.clear();
      this.#size = 0;
    }
    const names = this.#namespaces.get(namespace) ?? new Map<string, Addressed>();
    this.#size += names.has(name) ? 0 : 1;
    this.#namespaces.set(namespace, names.set(name, found));
  }
}
