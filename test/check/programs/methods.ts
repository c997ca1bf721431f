import { shared, spawn, task } from "heddle";

const touch = task(import.meta, (a: Float64Array, i: number): number => a[i]); // race

const use = task(import.meta, (a: Float64Array, how: string): unknown => {
  switch (how) {
    case "fill":
      return a.fill(1, 0, 4); // race
    case "set":
      return a.set([1, 2], 1); // race
    case "set from the heap":
      return new Float64Array(16).set(a);
    case "copyWithin":
      return a.copyWithin(0, 8); // race
    case "sort":
      return a.sort(); // race
    case "reverse":
      return a.reverse(); // race
    case "view":
      return new DataView(a.buffer, a.byteOffset, a.byteLength).setFloat64(8, 1); // race
    default:
      return a.indexOf(5) + a.slice(2).length + Array.from(a).length + new Float32Array(a).length + a.at(-1)!;
  }
});

export async function main() {
  const a = shared.float64(16);
  for (const how of ["fill", "set", "copyWithin", "sort", "reverse", "view", "set from the heap", "indexOf"]) {
    const one = use.spawn(a, how);
    const two = touch.spawn(a, 1);
    await one;
    await two;
    await spawn([a], (a) => a.fill(1, 4));
  }
}
