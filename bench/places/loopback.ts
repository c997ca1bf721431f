/** The loopback transport, two threads: node loopback.ts ROUNDS */
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { connectLoopback } from "../../src/net/loopback/transport.ts";
import { createLoopback, type LoopbackWorld } from "../../src/net/loopback/world.ts";
import { attachMemory, createMemory } from "../../src/shared/memory.ts";
import { line } from "./figures.ts";
import { MEMORY_BYTES, measure } from "./measure.ts";
import { measureCollectives } from "./together.ts";

const rounds = Number(process.argv[2]);
if (isMainThread) {
  const memories = [0, 1].map(() => createMemory(MEMORY_BYTES).memory);
  const world = createLoopback({ memories, parkWords: [16, 16] });
  new Worker(new URL(import.meta.url), { workerData: world, argv: [String(rounds)] });
  await run(world, 0);
} else await run(workerData as LoopbackWorld, 1);

async function run(world: LoopbackWorld, place: number): Promise<void> {
  const transport = connectLoopback(world, place);
  const memory = attachMemory(world.memories[place]!);
  const figures = { ...measureCollectives(transport, memory, rounds), ...measure(transport, memory, rounds) };
  if (place === 0) console.log(line(figures));
  await transport.close();
}
