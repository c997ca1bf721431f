/** The page: runs the tasks on web workers and shows who did what. `?workers=2&n=32` chooses. */
import { parallelFor, shared, start } from "heddle";
import { fib, mandelbrotLine, sequentialFib } from "./tasks.ts";

const WIDTH = 480;
const HEIGHT = 400;

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

/** Runs `body` and writes a line of the table: what, how long here alone, how long on the workers. */
async function compare(name: string, alone: () => unknown, parallel: () => PromiseLike<unknown>): Promise<void> {
  const began = performance.now();
  alone();
  const middle = performance.now();
  await parallel();
  const ended = performance.now();
  const cells = [name, `${(middle - began).toFixed(0)} ms`, `${(ended - middle).toFixed(0)} ms`];
  byId<HTMLTableElement>("times")
    .insertRow()
    .append(...cells.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
}

async function run(): Promise<void> {
  const options = new URLSearchParams(location.search);
  const n = Number(options.get("n") ?? 32);
  const workers = options.get("workers");
  const runtime = await start(workers === null ? {} : { workers: Number(workers) });
  byId("where").textContent =
    runtime.workers === 0 ? "one thread (see the console for the reason)" : `${runtime.workers} web workers`;
  await fib.spawn(20); // the workers load the module

  let expected = 0;
  let value = 0;
  await compare(
    `fib(${n})`,
    () => (expected = sequentialFib(n)),
    async () => (value = await fib.spawn(n)),
  );

  const pixels = shared.uint8Clamped(4 * WIDTH * HEIGHT);
  const own = new Uint8ClampedArray(pixels.length);
  await compare(
    "Mandelbrot set",
    () => {
      for (let y = 0; y < HEIGHT; y++) mandelbrotLine(y, own, WIDTH, HEIGHT);
    },
    () => parallelFor(HEIGHT, mandelbrotLine, pixels, WIDTH, HEIGHT),
  );
  // A canvas takes no shared memory.
  const image = new ImageData(new Uint8ClampedArray(pixels), WIDTH, HEIGHT);
  byId<HTMLCanvasElement>("picture").getContext("2d")!.putImageData(image, 0, 0);

  await runtime.stop();
  const stats = runtime.stats();
  const report = {
    workers: stats.workers,
    fib: value,
    equal: value === expected && own.every((it, i) => it === pixels[i]),
    executed: stats.workers === 0 ? [stats.executed] : stats.perWorker.map((it) => it.executed),
    stolen: stats.stolen,
  };
  byId("who").textContent = report.executed.map((count, i) => `worker ${i + 1}: ${count.toLocaleString("en")} tasks`).join(", ");
  byId("report").textContent = JSON.stringify(report);
}

// In a bundle the workers import this file too.
if (typeof document === "object")
  run().catch((error: unknown) => {
    byId("report").textContent = JSON.stringify({
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    throw error;
  });
