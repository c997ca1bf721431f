/** The first module of the thread that plays the main thread of a place, where several places share a process. */
import { parentPort, workerData } from "node:worker_threads";
import type { LoopbackWorld } from "../net/loopback/world.ts";
import { attachMemory } from "../shared/memory.ts";
import { type PlaceEnd, type PlaceProgram, runPlace } from "./place-program.ts";

/** What the thread tells the process's main thread. */
export type PlaceNews = { readonly failed: string } | PlaceEnd;

const { program, world } = (workerData as { heddlePlace: { program: PlaceProgram; world: LoopbackWorld } }).heddlePlace;
const port = parentPort!;
const tell = (news: PlaceNews): void => port.postMessage(news);

void runPlace(
  program,
  { transport: { kind: "loopback", world }, memory: attachMemory(world.memories[program.place]!) },
  { failed: (text) => tell({ failed: text }) },
).then((end) => {
  tell(end);
  process.exit(end.exitCode); // whatever the thread's event loop still holds: the program has ended
});
