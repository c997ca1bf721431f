import { AsyncLocalStorage } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { performance as hooks } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { promiseHooks } from "node:v8";
import { MessageChannel, Worker, workerData } from "node:worker_threads";
import { evaluateIn } from "./inspect-node.ts";
import type { Context, Platform, Thread, ThreadEvents, ThreadStart } from "./platform.ts";
import { testsAreDeclared } from "./test-runner-node.ts";

/** The worker's first module, in the checkout (.ts) and in the published package (.js). */
const entry = (): URL => new URL(import.meta.url.endsWith(".ts") ? "../worker-node.ts" : "../worker-node.js", import.meta.url);

const requireHere = createRequire(import.meta.url);

const BUNDLED = `${entry().pathname} is not there. On Node, leave heddle out of bundles: mark it as external, so that it is imported from node_modules`;

function startThread(start: ThreadStart, events: ThreadEvents): Thread {
  const worker = new Worker(entry(), {
    workerData: { heddle: start, withoutTests: testsAreDeclared() },
    name: `heddle-${start.slot}`,
  });
  let error: unknown;
  // The only figure of a worker that does not wait for this thread's event loop: -1 when the thread's environment is gone.
  const hasEnded = (): boolean => worker.performance.eventLoopUtilization().idle === -1;
  worker.unref();
  worker.once("message", () => {
    hasEnded(); // its figures begin with the first call
    events.onReady();
  });
  worker.on("error", (it) => {
    error = existsSync(entry()) ? it : new Error(BUNDLED, { cause: it });
  });
  worker.once("exit", (code) =>
    events.onExit(error ?? (code === 0 ? undefined : new Error(`the worker thread ended with exit code ${code}`))),
  );
  return {
    async terminate() {
      await worker.terminate();
    },
    hasEnded,
    evaluate: (expression, limit) => evaluateIn(worker, expression, limit),
  };
}

export const nodePlatform: Platform = {
  name: "node",
  defaultWorkers: () => availableParallelism(),
  setting: (name) => process.env[name],
  whyNoWorkers: () => undefined,
  startThread,
  canBlock: () => true,
  macrotask: () => new Promise((resolve) => setImmediate(resolve)),
  // The thread's own port is always there. What a task has printed leaves the thread by its event loop.
  hasPendingEvents: () =>
    process.getActiveResourcesInfo().some((it) => it !== "MessagePort") ||
    process.stdout.writableLength > 0 ||
    process.stderr.writableLength > 0,
  events: () => process.getActiveResourcesInfo().filter((it) => it !== "MessagePort"),
  keepAlive() {
    const { port1, port2 } = new MessageChannel();
    port1.on("message", () => {});
    port1.unref();
    // port2 is held as well: once it is collected, port1 closes and keeps nothing alive.
    return { ref: () => port1.ref(), unref: () => port1.unref(), other: port2 };
  },
  channel: (name) => channel(name),
  warn: (message, code) => process.emitWarning(message, { type: "HeddleWarning", code }),
  unhandled: (error) => void Promise.reject(error),
  createContext<T>(): Context<T> {
    const storage = new AsyncLocalStorage<T>();
    let used = false; // until then `get`, which every spawn from outside calls, costs nothing
    return {
      run(store, body) {
        used = true;
        return storage.run(store, body);
      },
      get: () => (used ? storage.getStore() : undefined),
    };
  },
  isWorkerThread: () => (workerData as { heddle?: unknown } | null)?.heddle !== undefined,
  monotonicNs: () => Number(process.hrtime.bigint()),
  idleNs: () => hooks.eventLoopUtilization().idle * 1e6,
  watchPromises: (before, after) => void promiseHooks.createHook({ before, after }),
  readFile: (url) => readFileSync(fileURLToPath(url)),
  importNow(url) {
    if (!url.startsWith("file:") || url.includes("?")) return false;
    try {
      requireHere(fileURLToPath(url)); // the same instance as `import` gives
      return true;
    } catch {
      return false; // `import` tells why
    }
  },
};
