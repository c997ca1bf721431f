import { shared, start, task } from "heddle";

const put = task(import.meta, (a: Int32Array, i: number): void => {
  a[i] = i;
});

const leave = task(import.meta, (a: Int32Array): void => {
  for (let i = 0; i < a.length; i++) put.spawn(a, i);
});

export async function main() {
  const rt = await start({ workers: 4 });
  const a = rt.run(() => shared.int32(10));
  await rt.run(() => leave.spawn(a));
  await rt.stop();
  for (let i = 0; i < 10; i++) a[i]++;
  const later = await start();
  await later.stop();
}
