/** Runs in a page; every function returns what the test expects. */
import { type Future, finish, shared, spawn, start, stop, task } from "heddle";
import { getPlatform } from "../../../src/platform/platform.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Rejection extends Error {
  override name = "Rejection";
}

export const fails = task(import.meta, (text: string): never => {
  throw new Rejection(text);
});

export const slow = task(import.meta, async (marks: Int32Array, at: number): Promise<void> => {
  await pause(30);
  marks[at] = 1;
});

/** Spawns after awaits of futures: the scope of the caller must still hold. */
export const scoped = task(import.meta, async (marks: Int32Array): Promise<number[]> => {
  await finish(async () => {
    await slow.spawn(marks, 0);
    slow.spawn(marks, 1);
    const [value] = (await both(marks)) as number[];
    if (value === 7) void slow.spawn(marks, 4);
  });
  return [...marks];
});

export const seven = task(import.meta, (): number => 7);
const both = (marks: Int32Array): Future<number[]> =>
  finish(async () => {
    const value = await seven.spawn();
    slow.spawn(marks, 2);
    await seven.spawn();
    slow.spawn(marks, 3);
    return [value];
  });

export const throwsInCallback = task(import.meta, async (): Promise<void> => {
  setTimeout(() => {
    throw new Error("out of a callback");
  });
  await pause(60_000);
});

export const fetches = task(import.meta, async (url: string): Promise<number> => (await (await fetch(url)).text()).length);

export const readsAtOnce = task(import.meta, (url: string): number[] => [...getPlatform().readFile(url)]);

const codeOf = (error: unknown): unknown => (error as { code?: unknown; name: string }).code ?? (error as Error).name;

export async function main(workers: number): Promise<Record<string, unknown>> {
  const runtime = await start({ workers });
  const report: Record<string, unknown> = {};
  const failure = await fails.spawn("told").catch((error: Error) => error);
  report.failure = `${(failure as Error).name}: ${(failure as Error).message}`;
  report.taskName = fails.taskName;
  report.lambda = await spawn([20, 22], (a, b) => a + b);
  report.free = await Promise.resolve()
    .then(() => spawn([1], () => runtime.workers))
    .catch(codeOf);
  report.scoped = await scoped.spawn(shared.int32(5));
  const here = new URL("./kernel.wasm", import.meta.url).href;
  report.fetched = await fetches.spawn(here);
  report.readInWorker = await readsAtOnce.spawn(here);
  report.readOnPage = [...getPlatform().readFile(here)];
  if (workers > 0) report.died = await throwsInCallback.spawn().catch(codeOf);
  report.afterwards = await Promise.all(Array.from({ length: 2 * workers + 1 }, (_, i) => seven.with({ affinity: i }).spawn()));
  await runtime.stop();
  await stop();
  return report;
}

/** How a lambda ends. */
export async function lambda(): Promise<unknown> {
  try {
    return await spawn([1], (one) => one);
  } catch (error) {
    return codeOf(error);
  } finally {
    await stop();
  }
}
