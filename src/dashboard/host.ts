/** The dashboard, as the program's main thread has it: starts the thread that serves, and tells it what cannot be seen in shared memory. */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { load, wait } from "../shared/atomics.ts";
import { followRuntimes } from "./follow.ts";
import { makeSecret } from "./guard.ts";
import { type DashboardStart, type News, Steer } from "./steer.ts";

const START_MS = 120_000;
/** How long (ms) the end of the process waits until open pages know of it. */
const TELL_MS = 1000;

export type HostOptions = Omit<DashboardStart, "control" | "secret" | "ticket">;

export class DashboardHost {
  /** Where the page is, and an address that leads there once; nowhere but at place 0. */
  readonly url: string;
  readonly ticketUrl: string;
  readonly #worker: Worker;
  readonly #i32: Int32Array;
  #ended = false;

  /** Throws what the system says when it cannot serve. Blocks until it does. */
  constructor(options: HostOptions, onError: (error: Error) => void) {
    const control = new SharedArrayBuffer(Steer.TEXT * 4 + Steer.TEXT_BYTES);
    this.#i32 = new Int32Array(control);
    const secret = makeSecret();
    const ticket = makeSecret();
    const start: DashboardStart = { control, secret, ticket, ...options };
    const entry = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);
    this.#worker = new Worker(entry, { workerData: { heddleDashboard: start }, name: "heddle-dashboard" });
    this.#worker.on("error", onError);
    this.#worker.unref();
    wait(this.#i32, Steer.STATE, Steer.STARTING, START_MS);
    const state = load(this.#i32, Steer.STATE);
    if (state === Steer.FAILED) throw new Error(Buffer.from(control, Steer.TEXT * 4, this.#i32[Steer.TEXT_LENGTH]).toString());
    if (state !== Steer.SERVING) throw new Error("its thread does not start");
    const root = `http://127.0.0.1:${this.#i32[Steer.PORT]}`;
    this.url = `${root}/${secret}/`;
    this.ticketUrl = `${root}/${ticket}`;
  }

  /** From now on shows every runtime that this thread starts; `place` where it is one of several. */
  followRuntimes(place: number | null): void {
    followRuntimes((news) => this.#send(news), place);
  }

  /** By which another thread of this process tells its news, see `followRuntimes`: to be transferred. */
  invite(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage({ kind: "port", port: port1 } satisfies News, [port1]);
    return port2;
  }

  addFailure(what: string, text: string, place: number | null = null): void {
    this.#send({ kind: "failure", what, text, place });
  }

  /** One of several places is gone. */
  lose(place: number, why: string): void {
    this.#send({ kind: "lost", place, why });
  }

  /** The program fails, and all processes are about to end: blocks until the pages know, where there are any. */
  abort(text: string, place: number, exitCode: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#send({ kind: "abort", what: "the program", text, place, exitCode });
    wait(this.#i32, Steer.STATE, Steer.SERVING, TELL_MS);
  }

  /** Tells all pages that the program has ended; blocks until they have been told. With `stays` never returns: Ctrl-C ends the process. */
  end(exitCode: number, interrupted: boolean, stays: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    // This thread hears of no signal any more: from here on the system ends the process.
    if (stays) for (const signal of ["SIGINT", "SIGTERM"] as const) process.removeAllListeners(signal);
    this.#send({ kind: "end", exitCode, interrupted, stays });
    wait(this.#i32, Steer.STATE, Steer.SERVING, TELL_MS);
    if (!stays) return;
    for (;;) wait(this.#i32, Steer.STATE, load(this.#i32, Steer.STATE));
  }

  #send(news: News): void {
    this.#worker.postMessage(news);
  }
}
