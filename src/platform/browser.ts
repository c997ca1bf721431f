/** Pages and web workers. What differs from Node for users stands in docs/guide/browser.md. */
import { stackContext } from "./context.ts";
import type { Platform, Thread, ThreadEvents, ThreadStart } from "./platform.ts";

/** What a worker tells the page. */
export type WorkerNews = "ready" | "ended" | { readonly died: unknown };

/** What the page tells a worker: the module to import, which finds this under HANDED in its global scope. */
export interface Handed {
  readonly home: string;
  readonly start: ThreadStart;
}

export const HANDED = Symbol.for("heddle.worker");

/**
 * The first module of every worker. It imports what the page has imported, by the page's URL: in a bundle heddle lies in the
 * same file as the tasks, and a worker with a file of its own would have a second copy of heddle, which knows none of them.
 */
const FIRST_MODULE = `self.addEventListener("message", ({ data }) => {
  self[Symbol.for("heddle.worker")] = data;
  import(data.home).catch((error) =>
    self.postMessage({ died: new Error("a worker could not import " + data.home + ": " + (error?.message ?? error)) }));
}, { once: true });`;

let home: string | undefined;

/** The URL of the module that workers import to become workers: the entry, or the bundle that holds it. */
export function setHome(url: string): void {
  home = url;
}

const WORKER_NAME = "heddle-";

interface Surroundings {
  readonly HEDDLE_SETTINGS?: Readonly<Record<string, string | number | undefined>>;
  readonly DedicatedWorkerGlobalScope?: abstract new () => unknown;
  readonly name?: unknown;
}
const surroundings = globalThis as Surroundings;
const { DedicatedWorkerGlobalScope } = surroundings;
const inWorker = DedicatedWorkerGlobalScope !== undefined && globalThis instanceof DedicatedWorkerGlobalScope;

function startThread(start: ThreadStart, events: ThreadEvents): Thread {
  const first = URL.createObjectURL(new Blob([FIRST_MODULE], { type: "text/javascript" }));
  const worker = new Worker(first, { type: "module", name: `${WORKER_NAME}${start.slot}` });
  let over = false;
  const exit = (error: unknown): void => {
    if (over) return;
    over = true;
    worker.terminate();
    URL.revokeObjectURL(first);
    events.onExit(error);
  };
  worker.addEventListener("message", ({ data }: MessageEvent<WorkerNews>) => {
    if (data === "ready") events.onReady();
    else exit(data === "ended" ? undefined : data.died);
  });
  // A browser lets a worker go on after an uncaught error. Here it dies of it, as on Node: the tasks that it held fail.
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    exit(event.error ?? new Error(event.message || `the first module of a worker could not be loaded: ${first}`));
  });
  worker.postMessage({ home: home!, start } satisfies Handed);
  return {
    async terminate() {
      exit(undefined);
    },
    hasEnded: () => false,
  };
}

function whyNoWorkers(): string | undefined {
  if (globalThis.crossOriginIsolated !== true) {
    const secure = globalThis.isSecureContext ? "" : ", over https or from localhost,";
    return (
      "This page is not cross-origin isolated, so its threads cannot share memory: all tasks run on one thread. To use all " +
      `cores, serve the page${secure} with the headers "Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp".`
    );
  }
  if (typeof Worker !== "function") return "There are no web workers here: all tasks run on one thread.";
  if (typeof Atomics.waitAsync !== "function") {
    return "This browser lacks Atomics.waitAsync, by which a page waits for other threads: all tasks run on one thread.";
  }
  return undefined;
}

let channel: MessageChannel | undefined;
const turns: (() => void)[] = [];

/** Timers would be held back for 4 ms. */
function macrotask(): Promise<void> {
  if (channel === undefined) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => turns.shift()?.();
  }
  return new Promise((resolve) => {
    turns.push(resolve);
    channel!.port2.postMessage(null);
  });
}

/** A synchronous request: pages may make one only for text, so there the bytes come as characters. */
function readFile(url: string): Uint8Array {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  if (inWorker) request.responseType = "arraybuffer";
  else request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`${url}: the server answered with status ${request.status}`);
  if (inWorker) return new Uint8Array(request.response as ArrayBuffer);
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0) & 0xff);
}

const nothing = (): void => {};

export const browserPlatform: Platform = {
  name: "browser",
  defaultWorkers: () => globalThis.navigator?.hardwareConcurrency ?? 1,
  setting: (name) => surroundings.HEDDLE_SETTINGS?.[name]?.toString(),
  whyNoWorkers,
  startThread,
  canBlock: () => inWorker,
  macrotask,
  // Nothing tells, so a worker without work always lets its event loop turn while it sleeps.
  hasPendingEvents: () => true,
  keepAlive: () => ({ ref: nothing, unref: nothing }),
  warn: (message, code) => console.warn(`HeddleWarning [${code}]: ${message}`),
  unhandled: (error) => reportError(error),
  createContext: stackContext,
  isWorkerThread: () => inWorker && String(surroundings.name).startsWith(WORKER_NAME),
  monotonicNs: () => (performance.timeOrigin + performance.now()) * 1e6,
  idleNs: () => 0,
  readFile,
};
