/** Kernels for the tests of wasmTask. */
import { wasmTask } from "heddle";

const kernel = new URL("../fixtures/wasm/kernel.wasm", import.meta.url);
type Vector = Float64Array;

export const axpy = wasmTask<[x: Vector, y: Vector, from: number, to: number, a: number], void>(import.meta, kernel, "axpy");
export const smooth = wasmTask<[x: Vector, i: number], number>(import.meta, "../fixtures/wasm/kernel.wasm", "smooth");
export const fail = wasmTask<[], void>(import.meta, kernel, "fail");
export const missing = wasmTask<[], void>(import.meta, kernel, "axpi");
export const noFile = wasmTask<[], void>(import.meta, "./nowhere.wasm", "axpy");
export const notWasm = wasmTask<[], void>(import.meta, import.meta.url, "axpy");
