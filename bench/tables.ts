import type { Row } from "./benchmark.ts";

/** A plain text table, one line per row; columns that no row uses are left out. */
export function table(rows: readonly Row[]): string {
  const head = ["", "value", "against", "its value", "ratio", "goal", "", "note"];
  const lines = rows.map((row) => [
    row.metric,
    Number.isFinite(row.value) ? `${figure(row.value)} ${row.unit}` : "",
    row.peer ?? "",
    row.peerValue === undefined ? "" : `${figure(row.peerValue)} ${row.unit}`,
    row.ratio === undefined ? "" : `${figure(row.ratio)} x`,
    row.goal ?? "",
    row.ok === undefined ? "" : row.ok ? "met" : "NOT MET",
    row.note ?? "",
  ]);
  const used = head.map((_, column) => lines.some((line) => line[column] !== ""));
  const all = [head, ...lines].map((line) => line.filter((_, column) => used[column]));
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
  const numeric = new Set(["value", "its value", "ratio"]);
  return all
    .map((line) =>
      line
        .map((cell, column) => (numeric.has(all[0]![column]!) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join("\n");
}

export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return value.toLocaleString("en-US");
  return value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 0.1 ? 2 : 4);
}

/** A Markdown table as the formatter would write it; `right` says which columns are aligned at their right. */
export function markdownTable(table: readonly (readonly string[])[], right: readonly boolean[]): string {
  const widths = table[0]!.map((_, column) => Math.max(3, ...table.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const padded = (row: readonly string[]): string =>
    line(row.map((cell, i) => (right[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))));
  const rule = line(widths.map((width, i) => (right[i] ? `${"-".repeat(width - 1)}:` : "-".repeat(width))));
  const [head, ...rows] = table;
  return [padded(head!), rule, ...rows.map(padded)].join("\n");
}
