import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type ParsedNode,
  Parser,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import {
  isForbiddenName,
  MAX_DEPTH,
  MAX_DOCUMENTS,
  type Source,
  type SourceNode,
  type SourceProblem,
  TOO_DEEP,
} from './source.ts';

/** Values that aliases add up to, over a whole text: a few anchors can otherwise unfold into billions. */
const MAX_ALIASED = 100_000;
/** Tokens of a whole text: 10,000 services with routes have 1.7 million, and each costs the library microseconds. */
const MAX_TOKENS = 2_000_000;
/** Tokens that are open at one time: the parser keeps two for a level. */
const MAX_OPEN = MAX_DEPTH * 3;

class YamlProblem extends Error {
  override readonly name = 'YamlProblem';
  readonly problem: SourceProblem;

  constructor(problem: SourceProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Reads a stream of YAML 1.2 documents. Reading stops at the first document with a problem. */
export function readYaml(text: string): Source {
  const roots: SourceNode[] = [];
  // Duplicate names are looked for below: the library compares every name with every other.
  const composer = new Composer<ParsedNode>({
    prettyErrors: false,
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: 'silent',
  });
  const unfolding = { aliased: 0 };
  try {
    for (const document of composer.compose(tokensOf(text), false, text.length)) {
      const [error] = [...document.errors, ...document.warnings];
      if (error !== undefined) fail('yaml-syntax', syntaxMessage(error.message), error.pos[0]);
      if (document.contents === null) continue;
      roots.push(new Unfolder(unfolding).node(document.contents, 0));
      if (roots.length > MAX_DOCUMENTS)
        fail('document-too-large', `more than ${MAX_DOCUMENTS} documents: apply them in parts`, 0);
    }
    return { roots, problems: [] };
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    return { roots: [], problems: [error.problem] };
  }
}

function fail(code: string, message: string, offset: number): never {
  throw new YamlProblem({ code, message, offset });
}

/** The library's first sentence: what follows repeats the source, which may hold secrets. */
const syntaxMessage = (message: string): string =>
  `the text is no valid YAML: ${message.slice(0, 120).split('\n')[0] ?? ''}`;

/** Tokens of the text, refused as soon as they nest too deep: composing recurses. */
function* tokensOf(text: string) {
  const parser = new Parser();
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > MAX_OPEN) fail(TOO_DEEP.code, TOO_DEEP.message, parser.offset);
    if (++count > MAX_TOKENS)
      fail('document-too-large', 'the text has too many values: apply it in parts', parser.offset);
  }
  yield* parser.end();
}

/** Turns the nodes of one document into plain data with positions. */
class Unfolder {
  readonly #anchors = new Map<string, { node: SourceNode; size: number }>();
  readonly #unfolding: { aliased: number };
  #size = 0;

  constructor(unfolding: { aliased: number }) {
    this.#unfolding = unfolding;
  }

  /** @param offset where to point at; by default at the value itself */
  node(yaml: ParsedNode | null, depth: number, offset = yaml?.range[0] ?? 0): SourceNode {
    if (depth > MAX_DEPTH) fail(TOO_DEEP.code, TOO_DEEP.message, offset);
    const before = this.#size++;
    if (yaml === null) return { offset, value: null };
    if (isAlias(yaml)) return this.#alias(yaml.source, offset);
    if (yaml.tag?.startsWith('!')) fail('yaml-syntax', 'tags such as !name are not allowed', offset);
    const node = isMap(yaml)
      ? this.#map(yaml, depth, offset)
      : isSeq(yaml)
        ? this.#list(yaml, depth, offset)
        : { offset, value: scalar(yaml.value, offset) };
    if (yaml.anchor !== undefined) this.#anchors.set(yaml.anchor, { node, size: this.#size - before });
    return node;
  }

  #alias(name: string, offset: number): SourceNode {
    const target = this.#anchors.get(name);
    if (target === undefined) fail('yaml-syntax', 'this alias names an anchor that is not complete above it', offset);
    this.#size += target.size;
    this.#unfolding.aliased += target.size;
    if (this.#unfolding.aliased > MAX_ALIASED)
      fail('document-too-complex', 'aliases unfold into too many values', offset);
    return { ...target.node, offset };
  }

  #map(yaml: YAMLMap.Parsed, depth: number, offset: number): SourceNode {
    const children = new Map<PropertyKey, SourceNode>();
    const value: Record<string, unknown> = {};
    for (const pair of yaml.items) {
      const at = pair.key.range[0];
      const name = fieldName(pair.key, at);
      if (children.has(name))
        fail('duplicate-field', `the field ${JSON.stringify(name.slice(0, 60))} is given twice`, at);
      const child = this.node(pair.value, depth + 1, at);
      children.set(name, child);
      value[name] = child.value;
    }
    return { offset, value, children };
  }

  #list(yaml: YAMLSeq.Parsed, depth: number, offset: number): SourceNode {
    const children = new Map<PropertyKey, SourceNode>();
    const value = yaml.items.map((item, index) => {
      const child = this.node(item as ParsedNode, depth + 1);
      children.set(index, child);
      return child.value;
    });
    return { offset, value, children };
  }
}

function fieldName(key: ParsedNode, offset: number): string {
  if (!isScalar(key) || key.value === null) fail('yaml-syntax', 'a field name must be plain text', offset);
  const name = typeof key.value === 'string' ? key.value : key.source;
  if (name === '<<') fail('yaml-syntax', 'merge keys (<<) are not part of YAML 1.2: write the fields out', offset);
  if (isForbiddenName(name)) fail('forbidden-name', 'this field name is not allowed', offset);
  return name;
}

function scalar(value: unknown, offset: number): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return fail('yaml-syntax', 'this value is of a type that documents do not have: put it in quotes', offset);
}
