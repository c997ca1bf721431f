/** The bodies of the tasks. Those that count are compiled from AssemblyScript with SIMD; the compute-bound ones also exist in TypeScript. */
import { wasmTask } from "heddle";
import type { Parameters } from "./parameters.ts";
import { matrixSide, unevenIterations } from "./report.ts";

/** Which form of the compute-bound kernels a run uses. */
export type Compute = "wasm" | "ts";
export const kernelNote: Record<Compute, string> = { wasm: "WebAssembly SIMD", ts: "TypeScript" };

const wasm = new URL("../kernels/kernels.wasm", import.meta.url);
const computeBoundWasm = wasmTask<[iterations: number], number>(import.meta, wasm, "computeBound");
const computeBound2Wasm = wasmTask<[iterations: number], number>(import.meta, wasm, "computeBound2");
const copyHalf = wasmTask<[from: number, bytes: number], void>(import.meta, wasm, "copyHalf");
const daxpy = wasmTask<[from: number, count: number], void>(import.meta, wasm, "daxpy");
const dgemm = wasmTask<[from: number, side: number, iterations: number], void>(import.meta, wasm, "dgemm");

/** Where results go, so that no engine leaves the work out. */
const sink = new Float64Array(1);

const square = new Float64Array(64);

function computeBoundTs(iterations: number): number {
  const a = square;
  a.fill(1.2345);
  for (let i = 0; i < iterations; i++) for (let j = 0; j < 64; j++) a[j] = a[j]! * a[j]! + a[j]!;
  let product = 1;
  for (let j = 0; j < 64; j++) product *= a[j]!;
  return product;
}

const [factor, other] = [new Float64Array(32).fill(1.2345), new Float64Array(32).fill(1.0101)];
const total = new Float64Array(32);

function computeBound2Ts(iterations: number): number {
  total.fill(0);
  for (let i = 0; i < iterations; i++) for (let j = 0; j < 32; j++) total[j] = total[j]! + factor[j]! * other[j]!;
  return total[0]!;
}

function busyWait(iterations: number): number {
  let acc = 113;
  for (let i = 0; i < iterations; i++) {
    const x = acc * 139;
    const high = Math.floor(x / 2 ** 31);
    const folded = x - high * 2 ** 31 + high; // 2 ** 31 is 1 modulo 2 ** 31 - 1
    acc = folded >= 2_147_483_647 ? folded - 2_147_483_647 : folded;
  }
  return acc;
}

/**
 * The slices of the scratch memory that a task uses: `iterations` of `samples` slices, from where the task of the step before
 * has stopped, in runs of neighbours.
 */
export function* runsOf({ iterations, samples }: Parameters, step: number): Generator<[from: number, slices: number]> {
  let at = (step * iterations) % samples;
  for (let left = iterations; left > 0; ) {
    const slices = Math.min(left, samples - at);
    yield [at, slices];
    left -= slices;
    at = 0;
  }
}

function memoryBound(graph: Parameters, step: number, scratch: number): void {
  const slice = Math.floor(graph.scratchBytes / graph.samples);
  for (const [from, slices] of runsOf(graph, step)) copyHalf(scratch + from * slice, slices * slice);
}

function memoryDaxpy(graph: Parameters, step: number, scratch: number): void {
  const slice = Math.floor(graph.scratchBytes / graph.samples) & ~15;
  for (const [from, slices] of runsOf(graph, step)) {
    for (let i = from; i < from + slices; i++) daxpy(scratch + i * slice, slice >>> 4);
  }
}

/** Runs the kernel of one task. `scratch` is the byte address of this thread's scratch memory. */
export function runKernel(graph: Parameters, step: number, point: number, compute: Compute, scratch: number): void {
  switch (graph.kernel) {
    case "empty":
      return;
    case "busy_wait":
      sink[0] = busyWait(graph.iterations);
      return;
    case "compute_bound":
      sink[0] = compute === "wasm" ? computeBoundWasm(graph.iterations) : computeBoundTs(graph.iterations);
      return;
    case "compute_bound2":
      sink[0] = compute === "wasm" ? computeBound2Wasm(graph.iterations) : computeBound2Ts(graph.iterations);
      return;
    case "load_imbalance": {
      const iterations = unevenIterations(graph, step, point);
      sink[0] = compute === "wasm" ? computeBoundWasm(iterations) : computeBoundTs(iterations);
      return;
    }
    case "memory_bound":
      return memoryBound(graph, step, scratch);
    case "memory_daxpy":
      return memoryDaxpy(graph, step, scratch);
    case "compute_dgemm":
      return dgemm(scratch, matrixSide(graph), graph.iterations);
  }
}

/** What the first 8 bytes of the scratch memory hold, before and after each task. */
const MAGIC = 0x5c4a_7c8b;

/** Fills scratch memory: with the magic number where the kernel copies, with ordinary numbers where it computes. */
export function prepareScratch(scratch: Float64Array, { kernel }: Parameters): void {
  const words = new Int32Array(scratch.buffer, scratch.byteOffset, scratch.length * 2);
  if (kernel === "memory_bound") for (let i = 0; i < words.length; i += 2) words[i] = MAGIC;
  else scratch.fill(1 / 1024);
  words[0] = MAGIC;
  words[1] = 0;
}

export const scratchIsWhole = (scratch: Int32Array): boolean => scratch[0] === MAGIC && scratch[1] === 0;
