/** A program for traces whose main works, meets the others and asks them for things before it spawns a task. */
import { heapAt, type MainArguments, task, world } from "heddle";

export const spin = task(import.meta, (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
});

export async function main({ place, places }: MainArguments): Promise<void> {
  for (let i = 0; i < 3; i++) {
    spin(20);
    await world.barrier();
  }
  if (place === 0) {
    const numbers = await heapAt(places - 1).int32(4);
    await numbers.put(1);
    await numbers.get();
    await numbers.free();
    await spin.spawn(2);
  }
}
