/** The first module of the thread that plays the main thread of a place, where several places share a process. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { News } from "../dashboard/steer.ts";
import type { LoopbackWorld } from "../net/loopback/world.ts";
import type { Reel } from "../replay/reel.ts";
import { attachMemory } from "../shared/memory.ts";
import type { Invitation } from "../trace/session.ts";
import type { PlaceEnd, PlaceProgram } from "./place-program.ts";
import { traceThread } from "./trace.ts";

/** What the thread tells the process's main thread. */
export type PlaceNews = { readonly failed: string } | PlaceEnd;

export interface PlaceThreadStart {
  readonly program: PlaceProgram;
  /** Where the run is recorded or replayed. */
  readonly reel: Reel | undefined;
  readonly world: LoopbackWorld;
  readonly trace: Invitation | undefined;
  /** By which the dashboard hears of this place. */
  readonly shown: MessagePort | undefined;
}

const { program, reel, world, trace, shown } = (workerData as { heddlePlace: PlaceThreadStart }).heddlePlace;
const port = parentPort!;
const tell = (news: PlaceNews): void => port.postMessage(news);

async function run(): Promise<void> {
  if (reel !== undefined) (await import("../replay/direct.ts")).directPlace(reel); // before anything that defines tasks
  const { runPlace } = await import("./place-program.ts");
  const tracing = trace === undefined ? null : await traceThread(trace);
  const finishTrace = (): void => tracing?.finish();
  process.once("exit", finishTrace);
  if (shown !== undefined) {
    const { followRuntimes } = await import("../dashboard/follow.ts");
    if (tracing !== null) shown.postMessage({ kind: "main", memory: tracing.main } satisfies News);
    followRuntimes((news) => shown.postMessage(news), program.place);
  }
  const end = await runPlace(
    program,
    { transport: { kind: "loopback", world }, memory: attachMemory(world.memories[program.place]!) },
    { failed: (text) => tell({ failed: text }) },
  );
  finishTrace();
  tell(end);
  process.exit(end.exitCode); // whatever the thread's event loop still holds: the program has ended
}

void run();
