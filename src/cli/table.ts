import { stripVTControlCharacters } from "node:util";

export type Align = "left" | "right";

const width = (cell: string): number => stripVTControlCharacters(cell).length;

/** Rows of text in aligned columns, two spaces apart. A column is left-aligned unless `align` says otherwise. */
export function table(rows: readonly (readonly string[])[], align: readonly Align[] = []): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell));
  const pad = (cell: string, i: number): string => {
    const space = " ".repeat(widths[i] - width(cell));
    return align[i] === "right" ? space + cell : cell + space;
  };
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}
