/** Efficiency against granularity as an SVG image: one line for each system, the granularity on a logarithmic scale. */
import type { Point } from "./metg.ts";

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

const width = 760;
const height = 440;
const area = { left: 56, right: width - 190, top: 40, bottom: height - 52 };
/** Told apart also without colours, by dashes: Okabe and Ito's palette. */
const styles = [
  ["#0072B2", ""],
  ["#D55E00", ""],
  ["#009E73", ""],
  ["#CC79A7", "6 3"],
  ["#E69F00", "6 3"],
  ["#56B4E9", "6 3"],
  ["#000000", "2 3"],
  ["#7A7A7A", "2 3"],
] as const;

export function plot(title: string, series: readonly Series[]): string {
  const granularities = series.flatMap(({ points }) => points.map((it) => it.granularity));
  const low = Math.floor(Math.log10(Math.min(...granularities)));
  const high = Math.ceil(Math.log10(Math.max(...granularities)));
  const x = (granularity: number): number =>
    area.left + ((Math.log10(granularity) - low) / (high - low)) * (area.right - area.left);
  const y = (efficiency: number): number => area.bottom - (Math.min(efficiency, 1.1) / 1.1) * (area.bottom - area.top);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    text(area.left, 22, title, 'font-size="14" font-weight="bold"'),
  ];
  for (let percent = 0; percent <= 100; percent += 25) {
    const at = y(percent / 100);
    const half = percent === 50;
    parts.push(line(area.left, at, area.right, at, half ? "#888" : "#ddd", half ? "4 3" : ""));
    parts.push(text(area.left - 8, at + 4, `${percent} %`, 'text-anchor="end"'));
  }
  for (let exponent = low; exponent <= high; exponent++) {
    const at = x(10 ** exponent);
    parts.push(line(at, area.top, at, area.bottom, "#ddd", ""));
    parts.push(text(at, area.bottom + 18, label(exponent), 'text-anchor="middle"'));
  }
  const middle = (area.left + area.right) / 2;
  parts.push(text(middle, height - 12, "task granularity: wall time x cores / tasks", 'text-anchor="middle"'));
  for (const [i, { name, points }] of series.entries()) {
    const [colour, dashes] = styles[i % styles.length]!;
    const path = points.map((it) => `${x(it.granularity).toFixed(1)},${y(it.efficiency).toFixed(1)}`);
    parts.push(`<polyline points="${path.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.8"${dashed(dashes)}/>`);
    for (const at of path) parts.push(`<circle cx="${at.split(",")[0]}" cy="${at.split(",")[1]}" r="2.2" fill="${colour}"/>`);
    const row = area.top + 8 + i * 20;
    parts.push(line(area.right + 14, row, area.right + 38, row, colour, dashes, 1.8));
    parts.push(text(area.right + 44, row + 4, name, ""));
  }
  return `${[...parts, "</svg>"].join("\n")}\n`;
}

const label = (exponent: number): string => (exponent < 3 ? `${10 ** exponent} us` : `${10 ** (exponent - 3)} ms`);

const dashed = (dashes: string): string => (dashes === "" ? "" : ` stroke-dasharray="${dashes}"`);

function line(x1: number, y1: number, x2: number, y2: number, colour: string, dashes: string, thick = 1): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((it) => it.toFixed(1));
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" stroke="${colour}" stroke-width="${thick}"${dashed(dashes)}/>`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped(content)}</text>`;
}

const escaped = (it: string): string => it.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
