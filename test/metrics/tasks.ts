import { task } from "heddle";

export const square = task(import.meta, function square(n: number): number {
  return n * n;
});
export const fails = task(import.meta, function fails(): never {
  throw Object.assign(new RangeError("too big"), { code: "TOO_BIG" });
});
export const dies = task(import.meta, function dies(): never {
  process.exit(3);
});
export const waits = task(import.meta, function waits(flag: Int32Array): void {
  Atomics.wait(flag, 0, 0);
});
