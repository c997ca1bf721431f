import { shared, task } from "heddle";

const put = task(import.meta, (a: Int32Array, i: number): number => {
  a[i] = i;
  if (i === 2) throw new Error("no");
  return i;
});

export async function main() {
  const a = shared.int32(4);
  const one = put.spawn(a, 0);
  while (one.status === "pending") await new Promise((resolve) => setImmediate(resolve));
  a[0]++;
  await put.spawn(a, 1).then((i) => a[i]++);
  await put.spawn(a, 2).catch(() => a[2]++);
  await put.spawn(a, 3).finally(() => a[3]++);
}
