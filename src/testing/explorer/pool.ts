import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { createMemory } from "../../shared/memory.ts";
import { passBaton } from "./baton.ts";
import { type Control, Word } from "./control.ts";
import type { Mutation } from "./hook.ts";
import type { Failure, Message, TraceEntry, WorkerInput } from "./messages.ts";
import { moduleUrl } from "./module-url.ts";
import { threadName } from "./schedule.ts";

export interface PoolInput {
  readonly control: Control;
  readonly scenario: string;
  readonly name: string | undefined;
  readonly facade: string | undefined;
  readonly mutations: readonly Mutation[];
  readonly memoryBytes: number;
  /** The exploration counts as hung when nothing has happened for so long. */
  readonly hangMilliseconds: number;
}

export type Outcome =
  | { readonly type: "finished"; readonly complete: boolean; readonly trace: TraceEntry[] }
  | { readonly type: "stopped"; readonly failure: Failure; readonly trace: TraceEntry[] };

/** Starts a worker for each virtual thread and one conductor, lets them run until they finish or fail, and ends them. */
export async function runPool(input: PoolInput): Promise<Outcome> {
  const { control } = input;
  const threads = control.words[Word.THREADS]!;
  const { memory } = createMemory(input.memoryBytes);
  const trace: TraceEntry[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Failure | { complete: boolean }>();
  let starting = threads + 1;

  function onMessage(message: Message): void {
    switch (message.type) {
      case "ready":
        if (--starting === 0) passBaton(control, threads);
        return;
      case "trace":
        trace.push(message);
        return;
      case "stopped":
        return resolve(message.failure);
      case "finished":
        return resolve(message);
    }
  }

  // Without Node's cache of compiled code, each worker would strip the types of every module again: most of its start.
  const env = { NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"), ...process.env };
  const workers = Array.from({ length: threads + 1 }, (_, index) => {
    const { scenario, name, facade, mutations } = input;
    const workerData: WorkerInput = { control: control.buffer, memory, scenario, name, facade, mutations, index };
    const worker = new Worker(moduleUrl("./worker", import.meta.url), { workerData, env });
    worker.on("message", onMessage);
    worker.on("error", reject);
    return worker;
  });
  const watch = watchForHang(control, input.hangMilliseconds, () => starting === 0, resolve);
  try {
    const end = await promise;
    while (trace.length < control.words[Word.RECORDED]!) await new Promise(setImmediate);
    trace.sort((a, b) => a.order - b.order);
    return "kind" in end ? { type: "stopped", failure: end, trace } : { type: "finished", complete: end.complete, trace };
  } finally {
    clearInterval(watch);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function watchForHang(
  control: Control,
  limit: number,
  started: () => boolean,
  report: (failure: Failure) => void,
): NodeJS.Timeout {
  const { words } = control;
  let seen = "";
  return setInterval(() => {
    const now = `${Atomics.load(words, Word.EXECUTION)} ${Atomics.load(words, Word.STEP)}`;
    if (started() && now === seen) {
      const thread = threadName(words[Word.CURRENT]!);
      report({ kind: "hang", message: `thread ${thread} has computed for ${limit} ms without an atomic operation` });
    }
    seen = started() ? now : "";
  }, limit);
}
