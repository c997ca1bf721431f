import { type Future, type MapStream, mapStream, parallel, pipeline, type Stage, serial, task } from "heddle";
import { exactly } from "./expect.ts";

const size = task(import.meta, (text: string): number => text.length);
const times = task(import.meta, async (text: string, n: number): Promise<number> => text.length * n);
const viaChild = task(import.meta, function* (text: string): Generator<Future<number>, number> {
  return yield* size.spawn(text);
});
async function* texts(): AsyncGenerator<string> {
  yield "a";
}

// mapStream: any kind of task, and lambdas; the result is what its future would hold.
exactly<MapStream<number>>()(mapStream(["a"], size));
exactly<MapStream<number>>()(mapStream(texts(), size, { ordered: false, inFlight: 2, onProgress: ({ done }) => done }));
exactly<MapStream<number>>()(mapStream(["a"], times, { args: [2] }));
exactly<MapStream<number>>()(mapStream([Promise.resolve("a"), "b"], viaChild));
exactly<MapStream<number>>()(mapStream(["a"], (text) => text.length));
exactly<MapStream<string>>()(mapStream(["a"], (text, n) => text.repeat(n), { args: [2] }));
exactly<Promise<number[]>>()(mapStream(["a"], size).collect());
export async function loop(): Promise<void> {
  for await (const n of mapStream(["a"], size)) exactly<number>()(n);
}
// @ts-expect-error items are numbers
mapStream([1], size);
// @ts-expect-error the task has two parameters
mapStream(["a"], times);
// @ts-expect-error the argument is a number
mapStream(["a"], times, { args: ["x"] });
// @ts-expect-error no such option
mapStream(["a"], size, { concurrency: 2 });
// @ts-expect-error no source
mapStream(5, size);

// pipeline: types go from stage to stage.
exactly<Future<number[]>>()(pipeline(["a"], parallel(size)));
exactly<Future<string[]>>()(
  pipeline(
    ["a"],
    parallel((text) => text.length),
    serial((n) => n + 1),
    parallel((n) => `${n}`),
  ),
);
exactly<Future<number[]>>()(
  pipeline(
    texts(),
    parallel(times, 3),
    serial((n, k) => n * k, 2),
  ),
);
exactly<Future<number[]>>()(
  pipeline.with({ inFlight: 3, onProgress: ({ taken }) => taken })(
    ["a"],
    serial(viaChild),
    parallel(async (n) => n),
  ),
);
exactly<Stage<string, number>>()(parallel(size));
// @ts-expect-error items are numbers
pipeline([1], parallel(size));
// @ts-expect-error the first stage makes numbers, the second takes texts
pipeline(["a"], parallel(size), serial(size));
// @ts-expect-error the task has two parameters
pipeline(["a"], parallel(times));
// @ts-expect-error stages are made by serial and parallel
pipeline(["a"], size);
// @ts-expect-error options go to pipeline.with
pipeline(["a"], serial(size), { inFlight: 2 });
const trim = (text: string): string => text.trim();
// @ts-expect-error a lambda that takes what the stage before does not make
pipeline(["a"], parallel(size), serial(trim));
