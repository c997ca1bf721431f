import { shared, task } from "heddle";

const use = task(import.meta, (a: Float64Array): void => {
  a[3] = 1; // race
});

const hasty = task(import.meta, (): void => {
  const a = shared.float64(8);
  use.spawn(a).join();
  const late = task_(a);
  shared.free(a); // race
  late();
});

/** A second user, which nobody has joined by the time of the free. */
function task_(a: Float64Array): () => void {
  const it = use.spawn(a);
  return () => it.join();
}

const forgets = task(import.meta, function* (): Generator<unknown, void, unknown> {
  const a = shared.float64(8);
  const one = use.spawn(a);
  const two = use.spawn(shared.float64(8));
  yield* two;
  yield* pause.spawn();
  shared.free(a); // race
  yield* one;
});

const pause = task(import.meta, async (): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve));
});

export async function main() {
  await hasty.spawn();
  await forgets.spawn();
}
