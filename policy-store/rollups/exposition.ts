/** Labels of one sample. Values are escaped here, names are ours. */
export type Labels = Readonly<Record<string, string>>;

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** Writes the Prometheus text format 0.0.4. */
export class Exposition {
  readonly #lines: string[] = [];

  /** Announces a family; its samples follow. */
  family(name: string, type: MetricType, help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  }

  sample(name: string, labels: Labels, value: number): void {
    this.#lines.push(`${name}${labelText(labels)} ${value}`);
  }

  /**
   * @param buckets counts by bound, not cumulative, one more at the end for what is larger
   * @param scale factor from the unit of the bounds to that of the family
   */
  histogram(
    name: string,
    labels: Labels,
    bounds: readonly number[],
    buckets: readonly number[],
    sum: number,
    scale = 1,
  ): void {
    let total = 0;
    for (const [index, bound] of bounds.entries()) {
      total += buckets[index] ?? 0;
      this.sample(`${name}_bucket`, { ...labels, le: String(Number((bound * scale).toPrecision(12))) }, total);
    }
    total += buckets[bounds.length] ?? 0;
    this.sample(`${name}_bucket`, { ...labels, le: '+Inf' }, total);
    this.sample(`${name}_sum`, labels, sum * scale);
    this.sample(`${name}_count`, labels, total);
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function labelText(labels: Labels): string {
  const members = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (char) => ESCAPES[char] ?? char)}"`,
  );
  return members.length === 0 ? '' : `{${members.join(',')}}`;
}
