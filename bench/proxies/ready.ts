/** The ready line of the benchmark's own scripts. */
export const readyUrl = (line: string): Record<string, string> | undefined =>
  line.includes('"event":"ready"') ? (JSON.parse(line) as Record<string, string>) : undefined;
