/** Tracing one process into a file: the settings, the memory for each runtime, the thread that writes. On Node. */
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import { setTimeout as after } from "node:timers/promises";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { add, load, notify, store, wait } from "../shared/atomics.ts";
import { TraceBuffer } from "./buffer.ts";

/** Words of the memory through which the session and its writer steer each other. Written by the session: STOP, WALL, INTERRUPTED; by whoever reads the file while it is written: WANTED. */
export const Steer = {
  STOP: 0,
  STATE: 1,
  TEXT_LENGTH: 3,
  WALL: 4,
  EVENTS: 6,
  LOST: 8,
  INTERRUPTED: 10,
  /** How often it was asked that what the rings hold be in the file, and how many of these were done. */
  WANTED: 11,
  FLUSHED: 12,
  TEXT: 16,
  TEXT_BYTES: 512,
  // STATE
  STARTING: 0,
  WORKING: 1,
  DONE: 2,
  FAILED: 3,
} as const;

export interface WriterStart {
  readonly control: SharedArrayBuffer;
  readonly port: MessagePort;
  readonly file: string;
  readonly about: Record<string, unknown>;
  readonly isRead: boolean;
}

/** What the writer is told by a port: rings to empty, or another port to listen to. */
export type Order =
  | {
      readonly memory: SharedArrayBuffer;
      readonly slots: readonly number[];
      /** The slot of the communication thread, 0 for none. */
      readonly communication: number;
    }
  | { readonly port: MessagePort };

export interface TraceOptions {
  readonly program: string;
  /**
   * Subtrees of tasks that take less (ns) are folded; 0: none, and the clock is read at every event. Default: 50,000, and more the longer
   * the program runs.
   */
  readonly foldNs?: number;
  /** Records in each ring, a power of two. */
  readonly capacity?: number;
  /** Whether the file is read while it is written: its lines are drawn at once then. */
  readonly isRead?: boolean;
  /** Which place this process is, and of how many. */
  readonly place?: number;
  readonly places?: number;
}

export const FOLD_NS = 50_000;
const CAPACITY = 1 << 17;
const START_MS = 30_000;
const FINISH_MS = 30_000;

export interface Finished {
  readonly events: number;
  readonly lost: number;
}

/** What the threads of a place are traced with. Structured-cloneable; `port` is transferred. */
export interface Invitation {
  readonly port: MessagePort;
  readonly place: number;
  readonly zero: number;
  readonly foldNs: number | undefined;
  readonly capacity: number;
}

/** Makes the memory for the threads of one place, and has it emptied into the file. */
export class PlaceTrace {
  /** The ring of the main thread. */
  readonly main: SharedArrayBuffer;
  readonly #its: Invitation;
  #base = 0;

  constructor(its: Invitation) {
    this.#its = its;
    its.port.unref();
    this.main = this.#memory(1, 0);
    this.#watch(this.main, [0], 0);
  }

  /** Memory for the threads of a new runtime; slot 0 writes into `main`. With `communication`, the last slot is the communication thread's. */
  open(slots: number, communication = false): SharedArrayBuffer {
    const memory = this.#memory(slots, this.#base);
    this.#base += slots - 1;
    const others = Array.from({ length: slots - 1 }, (_, i) => i + 1);
    if (slots > 1) this.#watch(memory, others, communication ? slots - 1 : 0);
    return memory;
  }

  #watch(memory: SharedArrayBuffer, slots: readonly number[], communication: number): void {
    this.#its.port.postMessage({ memory, slots, communication } satisfies Order);
  }

  #memory(slots: number, base: number): SharedArrayBuffer {
    const { place, zero, capacity, foldNs = FOLD_NS } = this.#its;
    const adapts = this.#its.foldNs === undefined;
    return TraceBuffer.make({ place, slots, capacity, base, foldNs, exact: foldNs === 0, adapts, zero }).shared;
  }
}

export class FileTrace {
  readonly #own: PlaceTrace;
  readonly #control = new SharedArrayBuffer(Steer.TEXT * 4 + Steer.TEXT_BYTES);
  readonly #i32 = new Int32Array(this.#control);
  readonly #port: MessagePort;
  readonly #options: TraceOptions;
  /** The moment 0, in ns of the system's monotonic clock. */
  readonly zero = Number(process.hrtime.bigint());
  #finished: Finished | null = null;

  /** Throws what the system says when the file cannot be written. Blocks until the file is there. */
  constructor(file: string, options: TraceOptions) {
    this.#options = options;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.unref();
    const { place = 0, places = 1, isRead = false } = options;
    const about = {
      program: options.program,
      foldNs: options.foldNs ?? FOLD_NS,
      cores: availableParallelism(),
      node: process.version,
      startedAt: new Date().toISOString(),
      place,
      places,
      zero: this.zero,
      host: hostName(),
      job: process.env.PMIX_NAMESPACE ?? process.env.OMPI_MCA_ess_base_jobid ?? process.env.SLURM_STEP_ID ?? "",
    };
    const start: WriterStart = { control: this.#control, port: port2, file, about, isRead };
    const compiled = new URL("./writer-thread.js", import.meta.url);
    const entry = import.meta.url.endsWith(".ts") ? new URL("./writer-thread.ts", import.meta.url) : compiled;
    if (!existsSync(entry)) throw new Error(`${entry.pathname} is not there: leave heddle out of bundles`);
    new Worker(entry, { workerData: { heddleTrace: start }, transferList: [port2], name: "heddle-trace" }).unref();
    wait(this.#i32, Steer.STATE, Steer.STARTING, START_MS);
    this.#refuse();
    this.#own = new PlaceTrace(this.#invitation(place, port1));
  }

  #invitation(place: number, port: MessagePort): Invitation {
    const { foldNs, capacity = CAPACITY } = this.#options;
    return { port, place, zero: this.zero, foldNs, capacity };
  }

  /** By which `written` asks. */
  get control(): SharedArrayBuffer {
    return this.#control;
  }

  /** The ring of this thread. */
  get main(): SharedArrayBuffer {
    return this.#own.main;
  }

  /** Memory for the workers of a new runtime of this place; see PlaceTrace. */
  open(slots: number, communication = false): SharedArrayBuffer {
    return this.#own.open(slots, communication);
  }

  /** What another place in this process needs to be traced into the same file. */
  invite(place: number): Invitation {
    const { port1, port2 } = new MessageChannel();
    this.#port.postMessage({ port: port2 } satisfies Order, [port2]);
    return this.#invitation(place, port1);
  }

  /** Completes the file; blocks until that is done. Can be called in the last moments of a process, and more than once. */
  finish(interrupted = false): Finished {
    if (this.#finished !== null) return this.#finished;
    new Float64Array(this.#control)[Steer.WALL >>> 1] = Number(process.hrtime.bigint()) - this.zero;
    store(this.#i32, Steer.INTERRUPTED, interrupted ? 1 : 0);
    store(this.#i32, Steer.STOP, 1);
    notify(this.#i32, Steer.STOP);
    wait(this.#i32, Steer.STATE, Steer.WORKING, FINISH_MS);
    this.#refuse();
    const f64 = new Float64Array(this.#control);
    this.#finished = { events: f64[Steer.EVENTS >>> 1]!, lost: f64[Steer.LOST >>> 1]! };
    return this.#finished;
  }

  #refuse(): void {
    const state = load(this.#i32, Steer.STATE);
    if (state === Steer.STARTING) throw new Error("the thread that writes the trace does not start");
    if (state !== Steer.FAILED) return;
    const text = Buffer.from(this.#control, Steer.TEXT * 4, this.#i32[Steer.TEXT_LENGTH]).toString();
    throw new Error(text);
  }
}

/** How long (ms) the file is waited for, and how often one looks. */
const WRITTEN_MS = 2000;
const LOOK_MS = 2;

/** Resolves when all that was told before is in the file, or when nothing more is written to it. `control`: of a FileTrace, in any thread. */
export async function written(control: SharedArrayBuffer): Promise<void> {
  const i32 = new Int32Array(control);
  const wanted = (add(i32, Steer.WANTED, 1) + 1) | 0;
  const until = performance.now() + WRITTEN_MS;
  while (load(i32, Steer.STATE) === Steer.WORKING && performance.now() < until) {
    if (((load(i32, Steer.FLUSHED) - wanted) | 0) >= 0) return;
    await after(LOOK_MS);
  }
}

/** Processes that say the same share a monotonic clock: the machine, and since when it runs. */
function hostName(): string {
  try {
    return `${hostname()} ${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}`;
  } catch {
    return hostname();
  }
}
