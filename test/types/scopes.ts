import { type Future, finish, phaser, type Runtime, signal, spawn, start, task } from "heddle";
import { exactly } from "./expect.ts";

const size = task(import.meta, (text: string): number => text.length);

// finish: what a body returns is what it gives, at once or as a future.
exactly<number>()(finish(() => 1));
exactly<void>()(finish(() => {}));
exactly<Future<number>>()(finish(async () => 1));
exactly<Future<string>>()(
  finish(function* () {
    const n = yield* size.spawn("a");
    exactly<number>()(n);
    return "done";
  }),
);
exactly<Future<number>>()(finish(async () => 1, { onFailure: "continue" }));
// @ts-expect-error no such policy
finish(async () => 1, { onFailure: "stop" });
// @ts-expect-error a body takes nothing
finish(async (n: number) => n);
// @ts-expect-error a body is a function
finish(3);

// Lambdas: each capture gives its parameter the type.
exactly<Future<string>>()(spawn([2, "a"], (n, text) => text.repeat(n)));
exactly<Future<number>>()(spawn([2], async (n) => n));
exactly<Future<boolean>>()(
  // biome-ignore lint/correctness/useYield: the kind of function is the point
  spawn([2], function* (n): Generator<Future<unknown>, boolean> {
    return n > 1;
  }),
);
exactly<Future<number>>()(spawn([size], (size) => size.spawn("a").join()));
exactly<Future<void>>()(spawn([], () => {}));
exactly<Future<number[]>>()(spawn([[3, 1, 2]], (list) => list.sort()));
// @ts-expect-error one capture, two parameters
spawn([2], (n: number, text: string) => text.repeat(n));
// @ts-expect-error a number is no string
spawn([2], (text: string) => text);
// @ts-expect-error captures go in an array
spawn(2, (n: number) => n);

// Options.
exactly<Future<number>>()(
  size.with({ priority: "low", name: "n", affinity: 1, signal: new AbortController().signal }).spawn("a"),
);
// @ts-expect-error no such priority
size.with({ priority: "urgent" });
// @ts-expect-error no such option
size.with({ worker: 1 });
// @ts-expect-error the number of a worker
size.with({ affinity: "1" });
// @ts-expect-error options do not change the arguments
size.with({ priority: "low" }).spawn(1);

exactly<AbortSignal>()(signal());
exactly<boolean>()(size.spawn("a").cancel("why"));
// @ts-expect-error read only
size.spawn("a").status = "pending";

// Runtimes.
exactly<Promise<Runtime>>()(start());
export async function runs(): Promise<void> {
  await using runtime = await start({ workers: 2, heapBytes: 1 << 24 });
  exactly<number>()(runtime.workers);
  exactly<Future<number>>()(runtime.run(() => size.spawn("a")));
  exactly<Promise<void>>()(runtime.stop());
}
// @ts-expect-error no such option
start({ threads: 2 });

// Options of a spawn.
const ph = phaser();
exactly<Future<number>>()(
  size.with({ priority: "low", name: "it", affinity: 1, phased: [ph, { phaser: ph, mode: "wait" }] }).spawn("a"),
);
exactly<Future<number>>()(spawn([2], (n) => n, { priority: "high" }));
// @ts-expect-error no such option
size.with({ prio: "low" });
// @ts-expect-error no such priority
size.with({ priority: "urgent" });
// @ts-expect-error a task is registered with phasers
size.with({ phased: ["a"] });
// @ts-expect-error no such mode
size.with({ phased: [{ phaser: ph, mode: "both" }] });
