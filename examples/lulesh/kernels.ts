/** The four loops of a step as WebAssembly kernels, two elements at a time: the same formulas, and bit for bit the same results. */
import { task, wasmTask } from "heddle";
import type { Domain } from "./domain.ts";

const kernel = new URL("./kernel.wasm", import.meta.url);

type Range = [lo: number, hi: number, reals: Float64Array, words: Int32Array, size: number];
const forces = wasmTask<Range, void>(import.meta, kernel, "cornerForces");
const motion = wasmTask<[...Range, dt: number], void>(import.meta, kernel, "moveNodes");
const shapes = wasmTask<[...Range, dt: number], number>(import.meta, kernel, "changeShapes");
const regions = wasmTask<Range, number>(import.meta, kernel, "updateRegions");

export const cornerForces = task(import.meta, function cornerForces(lo: number, hi: number, domain: Domain): void {
  forces(lo, hi, domain.reals, domain.words, domain.size);
});

export const moveNodes = task(import.meta, function moveNodes(lo: number, hi: number, domain: Domain, dt: number): void {
  motion(lo, hi, domain.reals, domain.words, domain.size, dt);
});

export const changeShapes = task(import.meta, function changeShapes(lo: number, hi: number, domain: Domain, dt: number): void {
  const flat = shapes(lo, hi, domain.reals, domain.words, domain.size, dt);
  if (flat >= 0) throw new RangeError(`element ${flat} has no volume: the time step was too long`);
});

export const updateRegions = task(import.meta, function updateRegions(lo: number, hi: number, domain: Domain): void {
  const stiff = regions(lo, hi, domain.reals, domain.words, domain.size);
  if (stiff >= 0) throw new RangeError(`element ${stiff} has too large a viscosity`);
});
