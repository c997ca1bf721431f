/** The figures of a measurement as tables, for the terminal and for Markdown alike. */
import { figure, markdownTable } from "../../tables.ts";
import type { Curve, Measurement } from "./measure.ts";

export type Table = readonly (readonly string[])[];

const us = (value: number | string): string =>
  typeof value === "string" ? value : Number.isNaN(value) ? "-" : `${figure(value)} us`;
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** One row for each pattern and width, one column for each system. */
export function metgTable({ curves }: Measurement): Table {
  const systems = unique(curves.map((it) => it.system));
  const rows = unique(curves.map(keyOf));
  return [
    ["pattern, width", ...systems],
    ...rows.map((row) => [
      row,
      ...systems.map((system) => {
        const value = curves.find((it) => it.system === system && keyOf(it) === row)?.metg ?? "";
        return value === "" ? "" : typeof value === "string" ? "none" : us(value);
      }),
    ]),
  ];
}

const keyOf = ({ pattern, width }: Curve): string => `${pattern}, ${width}`;

/** Why there is no figure where there is none. */
export function notes({ curves }: Measurement): string[] {
  return curves.flatMap((it) => (typeof it.metg === "string" ? [`${it.system}, ${keyOf(it)}: ${it.metg}`] : []));
}

export function costTable({ costs }: Measurement): Table {
  return [
    ["system, width", "a task", "a dependence edge"],
    ...costs.map(({ system, width, perTask, perEdge }) => [`${system}, ${width}`, us(perTask), us(perEdge)]),
  ];
}

/** Columns of figures are aligned at their right. */
const isFigures = ([, ...rows]: Table, column: number): boolean =>
  column > 0 && rows.every((row) => /^(-|none|[\d.,]+( \S+)?)?$/.test(row[column]!));

export function plain(table: Table): string {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const right = table[0]!.map((_, column) => isFigures(table, column));
  const pad = (cell: string, column: number): string =>
    right[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return table.map((row) => `  ${row.map(pad).join("  ").trimEnd()}`).join("\n");
}

export const markdown = (table: Table): string =>
  markdownTable(
    table,
    table[0]!.map((_, column) => isFigures(table, column)),
  );
