import { Future, finish, HeddlePromise, Phaser, Runtime, type SpawnOptions, spawn, start, task } from "heddle";

export const product = task(import.meta, function* (from: bigint, to: bigint): Generator<unknown, bigint, unknown> {
  if (from === to) return from;
  const middle = (from + to) / 2n;
  const lower: Future<bigint> = product.spawn(from, middle);
  const upper = product.spawn(middle + 1n, to);
  return (yield* lower) * (yield* upper);
});

export const later = task(import.meta, async function later(text: string): Promise<string> {
  return text;
});

async function main(): Promise<void> {
  const runtime = await start({ workers: 2 });
  const options: SpawnOptions = { priority: "high", name: "factorial" };
  const factorial: bigint = await product.with(options).spawn(1n, 20n);
  const lambda: Future<number> = spawn([6, 7], (a, b) => a * b);
  const text: string = await finish(async () => later.spawn(`lambda: ${await lambda}`));
  // @ts-expect-error: the argument's type is checked
  const wrong = (): unknown => later.spawn(1);
  void wrong;
  // @ts-expect-error: futures come from spawn
  const noFuture = (): unknown => new Future();
  // @ts-expect-error: runtimes come from start()
  const noRuntime = (): unknown => new Runtime();
  // @ts-expect-error: promises come from promise()
  const noPromise = (): unknown => new HeddlePromise();
  // @ts-expect-error: phasers come from phaser()
  const noPhaser = (): unknown => new Phaser();
  void noFuture;
  for (const make of [noRuntime, noPromise, noPhaser]) {
    try {
      make();
      console.log("nothing was thrown");
    } catch (error) {
      if ((error as { code?: string }).code !== "HEDDLE_USAGE") throw error;
    }
  }
  console.log(`20! = ${factorial}, ${text}`);
  await runtime.stop();
}

if ((import.meta as { main?: boolean }).main === true) await main();
