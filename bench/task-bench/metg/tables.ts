/** The figures of a measurement as tables, for the terminal and for Markdown alike. */
import { figure } from "../../tables.ts";
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

export function plain(table: Table): string {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const pad = (cell: string, column: number): string => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!));
  return table.map((row) => `  ${row.map(pad).join("  ")}`).join("\n");
}

export function markdown([head, ...rows]: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head!), line(head!.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}
