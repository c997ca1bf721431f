/** The inner loops of parallelFor: from a range of units to calls of the body. */
import type { Shipped } from "./body.ts";
import type { Dimension, Space } from "./domain.ts";
import { argumentNames, generated } from "./generate.ts";

/** Calls the body for the units `lo` to `hi` - 1. */
export type Loop = (lo: number, hi: number, dimensions: readonly Dimension[], ...args: unknown[]) => void;

export function loopFor(body: Shipped, space: Space, blocks: boolean, args: number): Loop {
  const { dimensions, tiled } = space;
  const simple = dimensions.length === 1 && dimensions[0]!.step === 1;
  const shape = `for ${dimensions.length} ${tiled} ${blocks} ${simple} ${args}`;
  return generated<Loop>(
    body,
    shape,
    () => ({
      name: `parallelFor_${body.name}`,
      parameters: ["lo", "hi", "dimensions", ...argumentNames(args)],
      text: textOf(dimensions.length, tiled, blocks, simple, argumentNames(args)),
      scope: { body },
    }),
    () => sharedLoop(body, tiled, blocks),
  );
}

/** In the text of dimension d: f from, s step, n count, t tile, m tiles, i index, q and e the first and last position of a tile. */
function textOf(dimensions: number, tiled: boolean, blocks: boolean, simple: boolean, args: string[]): string {
  const all = Array.from({ length: dimensions }, (_, d) => d);
  const fields = (d: number): string =>
    `const { from: f${d}, step: s${d}, count: n${d}, tile: t${d}, tiles: m${d} } = dimensions[${d}];`;
  const call = (indices: string[]): string => `body(${[...indices, ...args].join(", ")});`;
  const head = all.map(fields).join("\n");
  const block = call(all.flatMap((d) => [`f${d} + q${d} * s${d}`, `f${d} + e${d} * s${d}`]));
  if (tiled) return `${head}\nfor (let u = lo; u < hi; u++) {\n${tileBounds(all)}\n${blocks ? block : nest(all, call)}\n}`;
  if (blocks) return `${head}\nconst q0 = lo, e0 = hi;\n${block}`;
  if (simple) return `const f0 = dimensions[0].from;\nfor (let i0 = f0 + lo, end = f0 + hi; i0 < end; i0++) ${call(["i0"])}`;
  return `${head}\n${rows(dimensions - 1, call)}`;
}

/** Which tile number `u` is, in each dimension. */
function tileBounds(all: number[]): string {
  const lines = ["let r = u;"];
  for (const d of all.toReversed()) {
    lines.push(`const u${d} = r % m${d}; r = (r - u${d}) / m${d};`);
    lines.push(`const q${d} = u${d} * t${d}, e${d} = Math.min(n${d}, q${d} + t${d});`);
  }
  return lines.join("\n");
}

const nest = (all: number[], call: (indices: string[]) => string): string =>
  all.map((d) => `for (let c${d} = q${d}, i${d} = f${d} + q${d} * s${d}; c${d} < e${d}; c${d}++, i${d} += s${d})`).join("\n") +
  call(all.map((d) => `i${d}`));

/** Row by row, the first and the last perhaps in part; D is the last dimension. */
function rows(D: number, call: (indices: string[]) => string): string {
  const outer = [
    "",
    "const i0 = f0 + row * s0;",
    "const p = Math.floor(row / n1); const i0 = f0 + p * s0, i1 = f1 + (row - p * n1) * s1;",
  ];
  return `let row = Math.floor(lo / n${D}), q = lo - row * n${D}, left = hi - lo;
while (left > 0) {
  const count = Math.min(left, n${D} - q);
  ${outer[D]}
  for (let c = 0, i${D} = f${D} + q * s${D}; c < count; c++, i${D} += s${D}) ${call(Array.from({ length: D + 1 }, (_, d) => `i${d}`))}
  row++; q = 0; left -= count;
}`;
}

/** One loop for all bodies: slower, and needs no code made from text. */
function sharedLoop(body: Shipped, tiled: boolean, blocks: boolean): Loop {
  return (lo, hi, dimensions, ...args) => {
    if (blocks && !tiled) {
      const { from, step } = dimensions[0]!;
      body(from + lo * step, from + hi * step, ...args);
      return;
    }
    for (let unit = lo; unit < hi; unit++) {
      const bounds = boundsOf(unit, dimensions, tiled);
      if (blocks) body(...bounds.flatMap(([q, e], d) => [indexAt(dimensions[d]!, q), indexAt(dimensions[d]!, e)]), ...args);
      else everyIndex(bounds, dimensions, [], (indices) => body(...indices, ...args));
    }
  };
}

const indexAt = ({ from, step }: Dimension, position: number): number => from + position * step;

function boundsOf(unit: number, dimensions: readonly Dimension[], tiled: boolean): [number, number][] {
  let rest = unit;
  return dimensions
    .toReversed()
    .map(({ count, tile, tiles }): [number, number] => {
      const size = tiled ? tile : 1;
      const number = rest % (tiled ? tiles : count);
      rest = (rest - number) / (tiled ? tiles : count);
      return [number * size, Math.min(count, (number + 1) * size)];
    })
    .toReversed();
}

function everyIndex(
  bounds: [number, number][],
  dimensions: readonly Dimension[],
  indices: number[],
  visit: (indices: number[]) => void,
): void {
  const d = indices.length;
  if (d === bounds.length) return visit(indices);
  const [q, e] = bounds[d]!;
  for (let c = q; c < e; c++) everyIndex(bounds, dimensions, [...indices, indexAt(dimensions[d]!, c)], visit);
}
