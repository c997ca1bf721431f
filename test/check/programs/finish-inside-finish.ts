import { finish, shared, task } from "heddle";

const put = task(import.meta, (a: Int32Array, i: number): void => {
  a[i] = i; // race
});

const nested = task(import.meta, (a: Int32Array): void => {
  finish(() => {
    put.spawn(a, 0);
    finish(() => {
      put.spawn(a, 1);
    });
    a[1]++;
    a[0]++; // race
  });
  a[0]++;
});

export async function main() {
  await nested.spawn(shared.int32(2));
}
