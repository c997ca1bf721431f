import { mapStream, shared, task } from "heddle";

const fill = task(import.meta, (i: number, a: Int32Array): number => {
  a[i] = i;
  return i;
});

export async function main() {
  const a = shared.int32(30);
  const items = Array.from({ length: 30 }, (_, i) => i);
  for await (const i of mapStream(items, fill, { args: [a], inFlight: 4 })) a[i]++;
  for await (const i of mapStream(items, fill, { args: [a], ordered: false })) a[i]++;
}
