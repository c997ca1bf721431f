/** The exports of kernel.wasm: what is done to single tiles. Each is a task, and called it is a plain call. */
import { wasmTask } from "heddle";
import type { Tile } from "./tiles.ts";

const kernel = new URL("./kernel.wasm", import.meta.url);

/** C += A B', where B' is the transposed B. */
export const multiplyAdd = wasmTask<[a: Tile, b: Tile, c: Tile, edge: number], void>(import.meta, kernel, "multiplyAdd");
/** C -= A B'. */
export const multiplySubtract = wasmTask<[a: Tile, b: Tile, c: Tile, edge: number], void>(
  import.meta,
  kernel,
  "multiplySubtract",
);
/** The lower triangle of C -= A A'. */
export const rankUpdate = wasmTask<[a: Tile, c: Tile, edge: number], void>(import.meta, kernel, "rankUpdate");
/** X L' = A; X replaces A. */
export const solve = wasmTask<[l: Tile, a: Tile, edge: number], void>(import.meta, kernel, "solve");
/** A = L L'; L replaces the lower triangle of A. 0, or the first column, from 1 on, where A is not positive definite. */
export const factor = wasmTask<[a: Tile, edge: number], number>(import.meta, kernel, "factor");
