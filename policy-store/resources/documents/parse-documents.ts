import { isIgnored, kindOf } from '../kinds.ts';
import type { Diagnostic, Metadata, Resource } from '../resource.ts';
import { resourceKey, resourceTitle } from '../resource-key.ts';
import { type Path, pathText } from '../schema/diagnose.ts';
import { markValid, validate } from '../validate.ts';
import { readJson } from './read-json.ts';
import { readYaml } from './read-yaml.ts';
import { Lines, MAX_DOCUMENTS, MAX_TEXT, nodeAt, type SourceNode } from './source.ts';

/** A document of a text that is right in itself. */
export interface ParsedDocument {
  readonly resource: Resource;
  /** 1-based line where it starts. */
  readonly line: number;
  /** Position of a place in it, for findings that come later: `spec.rules[0].backendRefs[1]`. */
  locate(path: string): { line: number; column: number };
}

export interface ParsedDocuments {
  readonly documents: readonly ParsedDocument[];
  /** With an error among them nothing may be applied. */
  readonly diagnostics: readonly Diagnostic[];
}

/** More findings than a person reads; the rest is counted. */
const MAX_DIAGNOSTICS = 100;

/**
 * Reads and checks the documents of a text: YAML (several, separated by `---`) or JSON (one, or an array). Kubernetes
 * `List` documents count as what they hold. Never throws, whatever the text.
 */
export function parseDocuments(text: string, type: 'yaml' | 'json'): ParsedDocuments {
  if (text.length > MAX_TEXT) {
    const message = `the text is larger than ${MAX_TEXT / 1024 / 1024} MB: apply it in parts`;
    return {
      documents: [],
      diagnostics: [{ severity: 'error', code: 'document-too-large', message, line: 1, column: 1 }],
    };
  }
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text;
  const lines = new Lines(plain);
  const { roots, problems } = type === 'json' ? readJson(plain) : readYaml(plain);
  const reader = new DocumentReader(lines);
  for (const { code, message, offset } of problems) {
    reader.diagnostics.push({ severity: 'error', code, message, ...lines.position(offset) });
  }
  for (const root of roots) reader.read(root, 0);
  return { documents: reader.documents, diagnostics: shortened(reader.diagnostics) };
}

function shortened(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const more = diagnostics.length - MAX_DIAGNOSTICS;
  if (more <= 0) return [...diagnostics];
  // What prevents the apply must not hide behind what was merely left out, nor the other way round prevent it.
  const errors = diagnostics.filter((one) => one.severity === 'error');
  const warnings = diagnostics.filter((one) => one.severity === 'warning');
  const shown = [...errors, ...warnings].slice(0, MAX_DIAGNOSTICS);
  const severity = errors.length > 0 ? 'error' : 'warning';
  return [...shown, { severity, code: 'more-problems', message: `and ${more} more: look at these first` }];
}

class DocumentReader {
  readonly documents: ParsedDocument[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #lines: Lines;
  /** Key of a document -> the line where it stands. */
  readonly #seen = new Map<string, number>();

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  read(node: SourceNode, depth: number): void {
    const { value } = node;
    if (this.documents.length > MAX_DOCUMENTS) return;
    if (value === null) return;
    const list = listOf(node);
    if (list !== undefined && depth < 4) {
      for (const item of list) this.read(item, depth + 1);
    } else if (typeof value !== 'object' || Array.isArray(value)) {
      this.#report(node, [], 'wrong-type', 'a document must be a map of fields that starts with apiVersion and kind');
    } else {
      this.#document(node, value);
    }
  }

  #document(node: SourceNode, value: object): void {
    const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown };
    if (isIgnored(apiVersion, kind)) {
      const message = `${kind} is left out: the mesh does not run workloads, give their addresses to a gossamer.mesh/v1 Service`;
      this.#report(node, ['kind'], 'kind-left-out', message, titleOf(value), 'warning');
      return;
    }
    const findings = validate(value);
    for (const { path, code, message } of findings) this.#report(node, path, code, message, titleOf(value));
    if (findings.length > 0) return;
    const resource = resourceOf(value as Document);
    markValid(resource);
    const { line } = this.#lines.position(node.offset);
    const key = resourceKey(resource);
    const earlier = this.#seen.get(key);
    if (earlier !== undefined) {
      const message = `${resourceTitle(resource)} stands in this text twice, first on line ${earlier}: remove one`;
      this.#report(node, [], 'duplicate-document', message, resourceTitle(resource));
      return;
    }
    this.#seen.set(key, line);
    const locate = (path: string) => this.#lines.position(nodeAt(node, stepsOf(path)).offset);
    this.documents.push({ resource, line, locate });
  }

  #report(
    node: SourceNode,
    path: Path,
    code: string,
    message: string,
    resource?: string,
    severity: Diagnostic['severity'] = 'error',
  ): void {
    this.diagnostics.push({
      severity,
      code,
      message,
      ...(path.length > 0 && { path: pathText(path) }),
      ...(resource !== undefined && { resource }),
      ...this.#lines.position(nodeAt(node, path).offset),
    });
  }
}

/** The entries of a JSON array of documents, or of a Kubernetes `List`. */
function listOf(node: SourceNode): Iterable<SourceNode> | undefined {
  if (Array.isArray(node.value)) return node.children?.values() ?? [];
  const { kind, apiVersion } = node.value as { kind?: unknown; apiVersion?: unknown };
  if (kind !== 'List' || apiVersion !== 'v1') return undefined;
  const items = node.children?.get('items');
  return items === undefined || !Array.isArray(items.value) ? undefined : (items.children?.values() ?? []);
}

interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Omit<Metadata, 'namespace' | 'creationTimestamp'> & {
    readonly namespace?: string;
    readonly creationTimestamp?: string | null;
  };
  readonly spec?: unknown;
}

const KEPT = ['labels', 'annotations', 'uid', 'resourceVersion', 'creationTimestamp', 'generation'] as const;

/** Only what the mesh knows; the spec as its author wrote it. */
function resourceOf(document: Document): Resource {
  const { apiVersion, kind, metadata } = document;
  const known = kindOf(apiVersion, kind);
  const cluster = known?.scope === 'Cluster';
  const spec = document.spec ?? fieldsOf(document, known?.rootFields ?? []);
  const kept = Object.fromEntries(
    KEPT.flatMap((name) => ((metadata[name] ?? null) === null ? [] : [[name, metadata[name]]])),
  );
  const namespace = cluster ? '' : (metadata.namespace ?? 'default');
  return { apiVersion, kind, metadata: withoutBookkeeping({ name: metadata.name, namespace, ...kept }), spec };
}

/** In what comes from a cluster, kubectl's copy of the whole document: of a Secret too, with its private key. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function withoutBookkeeping(metadata: Metadata): Metadata {
  if (metadata.annotations?.[LAST_APPLIED] === undefined) return metadata;
  const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations;
  return { ...metadata, annotations };
}

function fieldsOf(document: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(document).filter(([name]) => names.includes(name)));
}

/** Names a document that is not right, as well as that goes. */
function titleOf(value: object): string {
  const { kind, metadata } = value as { kind?: unknown; metadata?: unknown };
  const { name, namespace } = (typeof metadata === 'object' ? (metadata ?? {}) : {}) as Record<string, unknown>;
  const shown =
    typeof name === 'string' ? `${typeof namespace === 'string' ? `${namespace}/` : ''}${name}` : '(no name)';
  return `${typeof kind === 'string' ? kind : 'document'} ${shown}`.slice(0, 200);
}

function stepsOf(path: string): PropertyKey[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, name]) =>
    index !== undefined ? Number(index) : (quoted ?? name ?? ''),
  );
}
