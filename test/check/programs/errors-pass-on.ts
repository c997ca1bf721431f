import { finish, shared, task } from "heddle";

const fail = task(import.meta, (a: Int32Array, i: number): void => {
  a[i] = 1;
  throw new Error("as planned");
});

const both = task(import.meta, (a: Int32Array): void => {
  try {
    finish(
      () => {
        fail.spawn(a, 0);
        fail.spawn(a, 1);
      },
      { onFailure: "continue" },
    );
  } catch {
    a[0] += a[1];
  }
  try {
    fail.spawn(a, 2).join();
  } catch {
    a[2]++;
  }
});

export async function main() {
  await both.spawn(shared.int32(3));
}
