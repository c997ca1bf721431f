import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { shared } from "heddle";
import * as fib from "../fib.ts";
import * as dataflow from "../heat/dataflow.ts";
import { heatedPlates, reheat } from "../heat/grid.ts";
import * as phasers from "../heat/phasers.ts";
import * as make from "../make/make.ts";
import type { Rule } from "../make/rules.ts";
import * as mandelbrot from "../mandelbrot.ts";
import * as matmul from "../matmul.ts";
import * as mergeSort from "../merge-sort.ts";
import * as queens from "../queens.ts";
import * as tokens from "../tokens.ts";
import * as uts from "../uts.ts";
import { type Example, example } from "./example.ts";

/** Each example on real input: about a second or two for the plain program, or much smaller where `quick` asks for it. */
export function examples(quick = false): Example[] {
  const pick = <T>(full: T, small: T) => (quick ? small : full);
  return [
    fibonacci(pick(36, 25)),
    boards(pick(14, 10)),
    tree(pick("T1", "tiny")),
    sorting(pick(6_000_000, 100_000)),
    product(pick(2000, 200)),
    ...plates(pick(1026, 130), pick(300, 20)),
    picture(pick(1280, 120), pick(800, 100)),
    build(resolve("node_modules"), pick(24, 4)),
    sources(pick("node_modules", "node_modules/acorn")),
  ];
}

const number = (value: number) => value.toLocaleString("en-US");
const digest = (data: NodeJS.ArrayBufferView) => createHash("sha256").update(data).digest("hex");

function fibonacci(n: number): Example {
  return example({
    name: "fib",
    input: `fib(${n})`,
    prepare: () => n,
    sequential: fib.sequential,
    parallel: fib.parallel,
    fingerprint: String,
  });
}

function boards(n: number): Example {
  return example({
    name: "queens",
    input: `${n} queens`,
    prepare: () => n,
    sequential: queens.sequential,
    parallel: queens.parallel,
    fingerprint: String,
  });
}

function tree(which: "T1" | "tiny"): Example {
  const { tree, nodes } = uts.publishedTrees.T1;
  return example({
    name: "uts",
    input: which === "T1" ? `tree T1, ${number(nodes)} nodes` : "a small tree",
    prepare: () => (which === "T1" ? tree : { ...tree, depth: 6 }),
    sequential: uts.sequential,
    parallel: (input): Promise<uts.Counts> => uts.parallel(input),
    fingerprint: ({ nodes, depth, leaves }) => `${nodes} ${depth} ${leaves}`,
  });
}

function sorting(length: number): Example {
  const data = shared.float64(length);
  return example({
    name: "merge sort",
    input: `${number(length)} numbers`,
    prepare: () => mergeSort.fillRandom(data, 1),
    sequential: mergeSort.sequential,
    parallel: mergeSort.parallel,
    fingerprint: digest,
    close: () => shared.free(data),
  });
}

function product(n: number): Example {
  const matrices = matmul.randomMatrices(n);
  return example({
    name: "matmul",
    input: `${n} x ${n}, wasm SIMD`,
    prepare: () => matrices,
    sequential: matmul.sequential,
    parallel: matmul.parallel,
    fingerprint: digest,
    close: matrices.free,
  });
}

function plates(n: number, steps: number): Example[] {
  return [
    { name: "heat, phasers", parallel: phasers.parallel },
    { name: "heat, dataflow", parallel: dataflow.parallel },
  ].map(({ name, parallel }) => {
    const region = shared.region();
    const plates = heatedPlates(n, (length) => region.float64(length));
    return example({
      name,
      input: `${n} x ${n}, ${steps} steps`,
      prepare: () => reheat(plates),
      sequential: () => phasers.sequential(plates, steps),
      parallel: () => parallel(plates, steps),
      fingerprint: digest,
      close: () => region[Symbol.dispose](),
    });
  });
}

function picture(width: number, depth: number): Example {
  const view = mandelbrot.viewOf(width, depth);
  return example({
    name: "mandelbrot",
    input: `${view.width} x ${view.height} pixels`,
    prepare: () => view,
    sequential: mandelbrot.sequential,
    parallel: mandelbrot.parallel,
    fingerprint: digest,
  });
}

/** Compresses the largest sources of a folder, each by a rule of its own, and joins the digests of the results. */
function build(from: string, count: number): Example {
  const files = readdirSync(from, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.[mc]?js$/.test(path))
    .map((path) => ({ path, size: statSync(join(from, path)).size }))
    .filter(({ size }) => size < 1_000_000)
    .sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1))
    .slice(0, count);
  const rules: Rule[] = files.flatMap(({ path }, index) => [
    { target: `${index}.br`, inputs: [path], recipe: "brotli" },
    { target: `${index}.sha`, inputs: [`${index}.br`], recipe: "sha256" },
  ]);
  rules.push({ target: "digests", inputs: files.map((_, index) => `${index}.sha`), recipe: "concat" });
  const folders: string[] = [];
  return example({
    name: "make",
    input: `${rules.length} rules, ${number(files.reduce((sum, { size }) => sum + size, 0))} bytes`,
    prepare: () => {
      const out = mkdtempSync(join(tmpdir(), "heddle-make-"));
      folders.push(out);
      return out;
    },
    sequential: (out) => make.sequential(rules, "digests", { from, out }),
    parallel: (out) => make.parallel(rules, "digests", { from, out }),
    fingerprint: (results) => {
      const last = results.at(-1)!;
      return "reason" in last ? String(last.reason) : readFileSync(last.path, "utf8");
    },
    close: () => {
      for (const folder of folders) rmSync(folder, { recursive: true });
    },
  });
}

function sources(folder: string): Example {
  return example({
    name: "tokens",
    input: folder,
    prepare: () => folder,
    sequential: (path) => tokens.sequential(path),
    parallel: (path) => tokens.parallel(path),
    fingerprint: ({ files, bytes, lines, tokens, unreadable }) =>
      JSON.stringify([files, bytes, lines, tokens, unreadable.map(({ path, problem }) => [path, problem])]),
  });
}
