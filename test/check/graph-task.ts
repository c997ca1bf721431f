import { type Future, finish, type HeddlePromise, task } from "../../src/index.ts";

export type Op =
  | { do: "touch" }
  | { do: "wait"; task: number }
  | { do: "await"; promise: number }
  | { do: "put" }
  | { do: "spawn" | "join" | "finish"; child: number };

export interface Plan {
  /** Operations of each task; those from `tops` on are children, which their parents spawn. */
  tasks: Op[][];
  tops: number;
  /** For each task that main spawns, those whose values it is given first. */
  inputs: number[][];
}

export interface Run extends Plan {
  array: Int32Array;
  futures: Future<void>[];
  promises: HeddlePromise<void>[];
}

export const body = task(import.meta, function* (run: Run, i: number): Generator<unknown, void, unknown> {
  for (const op of run.tasks[i]) {
    if (op.do === "touch") run.array[0]++;
    else if (op.do === "wait") yield* run.futures[op.task];
    else if (op.do === "await") yield* run.promises[op.promise].future;
    else if (op.do === "put") run.promises[i].put();
    else if (op.do === "spawn") run.futures[op.child] = body.spawn(run, op.child);
    else if (op.do === "join") yield* run.futures[op.child];
    else {
      yield* finish(function* () {
        run.futures[op.child] = body.spawn(run, op.child);
        yield* []; // the scope waits for it, not the body
      });
    }
  }
});
