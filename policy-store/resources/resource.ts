/** A document as it is stored: validated, otherwise as its author wrote it. */
export interface Resource<Spec = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec: Spec;
  readonly status?: Status;
}

/** What the mesh makes of a document, in the Gateway API's form. */
export interface Status {
  /** The document as a whole. */
  readonly conditions?: readonly Condition[];
  /** Of a route: how each of its parentRefs went. */
  readonly parents?: readonly RouteParentStatus[];
  /** Of a Gateway or ListenerSet. */
  readonly listeners?: readonly ListenerStatus[];
  /** Of a Gateway: how many ListenerSets it took. */
  readonly attachedListenerSets?: number;
}

export interface RouteParentStatus {
  /** As the route's author wrote it. */
  readonly parentRef: Readonly<Record<string, string | number>>;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

export interface ListenerStatus {
  readonly name: string;
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  readonly attachedRoutes: number;
  readonly conditions: readonly Condition[];
}

export interface Metadata {
  readonly name: string;
  /** Empty for the cluster-scoped kinds (Namespace, MeshConfig). */
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Given by the store. A document deleted and made again gets a new one. */
  readonly uid?: string;
  /** Given by the store; optimistic version, compared when a document carries it. */
  readonly resourceVersion?: string;
  /** RFC 3339, given by the store; orders routes of equal precedence. */
  readonly creationTimestamp?: string;
  readonly generation?: number;
}

/** One word about one document, for people and programs alike. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** Stable, kebab-case: `unknown-field`, `wrong-type`, `yaml-syntax`, `duplicate-document`, ... */
  readonly code: string;
  /** What is wrong and what to do next. */
  readonly message: string;
  /** Where in the document: `spec.rules[0].backendRefs[1].prot`. */
  readonly path?: string;
  /** `HTTPRoute shop/payments`. */
  readonly resource?: string;
  /** 1-based position in the text. */
  readonly line?: number;
  readonly column?: number;
}

/** As Kubernetes: type, status, reason in CamelCase. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}
