/** What every document may carry beside its spec. */
export interface Marks {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A document of any kind, as it would stand in a file. */
export interface MeshDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Marks & { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

/** The marks of a document, as far as there are any. */
export const marked = ({ labels, annotations }: Marks): Marks => ({
  ...(labels !== undefined && { labels }),
  ...(annotations !== undefined && { annotations }),
});
