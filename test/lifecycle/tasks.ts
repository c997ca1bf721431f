import { task } from "heddle";

export const square = task(import.meta, (n: number): number => n * n);
export const firsts = task(import.meta, (list: { array: Float64Array }[]): number => list[0]!.array[0]!);
export const spinsUntil = task(import.meta, (flag: Int32Array): number => {
  Atomics.add(flag, 1, 1);
  while (Atomics.load(flag, 0) === 0);
  return 7;
});
