import { finish, shared, task } from "heddle";

const leaf = task(import.meta, (a: Int32Array): void => {
  a[0] = 1; // race
});

const spawner = task(import.meta, (a: Int32Array): void => {
  leaf.spawn(a); // nobody waits for it: the end of a task is not the end of those that it has spawned
});

const reader = task(import.meta, (a: Int32Array): number => {
  spawner.spawn(a).join();
  return a[0]; // race
});

export async function main() {
  const a = shared.int32(1);
  await finish(async () => {
    await reader.spawn(a);
  });
  return a[0] === 1 ? 0 : 1;
}
