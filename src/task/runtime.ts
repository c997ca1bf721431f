import { ForeignError, OutOfMemoryError, SpawnDuringImportError, StoppedError, UsageError } from "../errors.ts";
import { type Context, getPlatform } from "../platform/platform.ts";
import { attachHeap } from "../sched/attach.ts";
import { noteSite } from "../sched/awaits.ts";
import { CLIENT_SLOT, Client } from "../sched/client.ts";
import { Future, runningTask, setSpawnElsewhere, spawnBelow } from "../sched/core.ts";
import type { SpawnOptions, TaskDefinition } from "../sched/definition.ts";
import { director } from "../sched/direct.ts";
import { tasksAreWatched, tell, watchTask } from "../sched/events.ts";
import { type Here, workerHere } from "../sched/here.ts";
import { Imports, isImporting } from "../sched/imports.ts";
import { serialPlaces } from "../sched/places.ts";
import type { Port } from "../sched/port.ts";
import type { Scope } from "../sched/scope.ts";
import { SerialPort } from "../sched/serial.ts";
import { Station } from "../sched/station.ts";
import { countIdle, countStealable, readCounters } from "../sched/stats.ts";
import { Team } from "../sched/team.ts";
import { attachPort, bodiesRun, currentFrame, getPort } from "../sched/thread.ts";
import { tracer, traceSession } from "../sched/tracing.ts";
import { watch } from "../sched/watch.ts";
import { checkNames, shown } from "../shared/given.ts";
import type { HeapUsage } from "../shared/heap/heap.ts";
import { Heap } from "../shared/heap/heap.ts";
import { Control, layout, MAX_SLOTS } from "../shared/layout.ts";
import { createMemory, MAX_MEMORY_BYTES, type SharedMemory } from "../shared/memory.ts";
import { TraceBuffer } from "../trace/buffer.ts";
import { installFutureCrossing } from "./shared-future.ts";
import { spawnFrom } from "./visits.ts";

export interface StartOptions {
  /** How many worker threads; 0 is the serial scheduler on this thread. Default: HEDDLE_WORKERS, or one for each core. */
  readonly workers?: number;
  /** Size of the shared memory, which is reserved, not used up. Default: 4 GiB, or the most that the system gives. */
  readonly heapBytes?: number;
}

/** Figures of one worker since it started. Published when it goes to sleep, and while it works about ten times a second, so a little late. */
export interface WorkerStats {
  /** Task bodies begun. */
  readonly executed: number;
  /** Tasks moved into shared memory, where others can take them. */
  readonly promoted: number;
  /** Tasks taken from other threads. */
  readonly stolen: number;
  /** Times that it went to sleep for want of work. */
  readonly parked: number;
}

export interface RuntimeStats extends WorkerStats {
  /** Of the process's runtimes, which one. */
  readonly name: string;
  readonly workers: number;
  /** Workers that sleep now for want of work; all others run tasks, wait inside them, or look for some. */
  readonly idle: number;
  /** Tasks that lie in shared memory now, where any worker can take them. */
  readonly stealable: number;
  /** Tasks that were spawned outside of tasks and have not come home. */
  readonly outstanding: number;
  /** Worker threads that have died, and were replaced. */
  readonly lost: number;
  readonly perWorker: readonly WorkerStats[];
  readonly heap: HeapUsage;
}

/** What makes a runtime one place of several. */
export interface PlaceStart {
  readonly place: number;
  readonly places: number;
  /** Workers and communication threads of the places on this machine are more than its cores. */
  readonly crowded: boolean;
  /** Reserved before, where other places must know it; else the runtime makes one. */
  readonly memory?: SharedMemory;
  /** What the communication thread is given. */
  readonly communication: unknown;
  /** The communication thread or all workers have died. */
  onHopeless(error: Error): void;
  /** Everything here has ended: resolves when it has at the other places as well. */
  beforeStop(): Promise<void>;
}

let count = 0;
const living = new Set<Runtime>();
/** Those that were started and not stopped. */
export const liveRuntimes = (): Iterable<Runtime> => living;

const MADE_BY_START = Symbol("start");

/** One pool of workers with its own memory. Most programs use the default one and never see it. */
export class Runtime implements AsyncDisposable {
  readonly workers: number;
  /** "heddle-1" and so on, as its events and figures name it. */
  readonly name: string = `heddle-${++count}`;
  /** @internal */ readonly here: Here;
  /** Null when serial. @internal */ readonly client: Client | null = null;
  /** @internal */ readonly team: Team | null = null;
  readonly #place: PlaceStart | null = null;
  #stopped: Promise<void> | null = null;

  /** @internal */
  constructor(options: StartOptions, token: typeof MADE_BY_START, place: PlaceStart | null = null) {
    if (token !== MADE_BY_START) throw new UsageError("new Runtime(): runtimes are made by start()");
    const platform = getPlatform();
    const why = platform.whyNoWorkers();
    let workers = options.workers ?? workersFromSetting() ?? platform.defaultWorkers();
    if (!Number.isInteger(workers) || workers < 0 || workers >= MAX_SLOTS) {
      throw new UsageError(`workers is ${shown(workers)}; it must be a whole number from 0 (serial) to ${MAX_SLOTS - 1}`);
    }
    if (why !== undefined && workers > 0) {
      platform.warn(why, "HEDDLE_SERIAL");
      workers = 0;
    }
    if (watch !== null || serialPlaces !== null) workers = 0;
    director?.runtime(workers);
    this.workers = workers;
    if (place !== null && workers === 0) throw new UsageError("a place among several needs at least one worker");
    const slots = workers + (place === null ? 1 : 2);
    const mem = place?.memory ?? reserveMemory(options.heapBytes, slots);
    Heap.format(mem, { words: Control.HEAP, start: layout(slots).heapStart, end: mem.buffer.byteLength });
    if (place !== null) {
      mem.i32[Control.COMMUNICATION] = slots - 1;
      mem.i32[Control.PLACE] = place.place;
      mem.i32[Control.OTHER_PLACES] = place.places - 1;
      mem.i32[Control.CROWDED] = place.crowded ? 1 : 0;
    }
    const { map, heap } = attachHeap(mem, slots, CLIENT_SLOT, false);
    this.here = { mem, heap };
    const trace = traceSession()?.open(slots, place !== null) ?? null;
    tracer.measures(heap);
    watch?.heap(mem, heap);
    living.add(this);
    tell("runtimeStart", () => ({ name: this.name, workers, runtime: this }));
    if (workers === 0) {
      if (serialPlaces !== null) serialPlaces.memory ??= mem;
      if (!(getPort() instanceof SerialPort)) attachPort(new SerialPort(), mem.i32);
      return;
    }
    const station = (port: Port): Station => {
      const it: Station = new Station(mem, map, CLIENT_SLOT, heap, port, (id) => Imports.known(it.functions, id));
      if (trace !== null) it.trace = new TraceBuffer(trace);
      return it;
    };
    this.client = new Client(station, workers + 1);
    const hopeless = (error: Error): void => {
      this.client!.stop(error);
      place?.onHopeless(error);
    };
    this.team = new Team(this.client.station, slots, this.name, hopeless, place?.communication, trace);
    this.#place = place;
    this.team.ready.catch(() => {}); // told to whoever awaits a task, and by `start`
  }

  /** @internal */
  get ready(): Promise<void> {
    return this.team?.ready ?? Promise.resolve();
  }

  /** Tasks spawned inside `body`, and in what it awaits, go to this runtime. Never blocks. */
  run<T>(body: () => T): T {
    return runtimes().run(this, body);
  }

  /** Figures since the start. Never blocks. */
  stats(): RuntimeStats {
    const perWorker = Array.from({ length: this.workers }, (_, i) => readCounters(this.here.mem, i + 1));
    const sum = { executed: 0, promoted: 0, stolen: 0, parked: 0 };
    for (const it of perWorker) for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += it[key];
    if (this.client === null) sum.executed = bodiesRun();
    else sum.promoted += this.client.station.counters.promoted;
    const { mem, heap } = this.here;
    return {
      name: this.name,
      workers: this.workers,
      idle: countIdle(mem.i32, this.workers),
      stealable: countStealable(mem.i32, this.workers),
      outstanding: this.client?.outstanding ?? 0,
      lost: this.team?.lost ?? 0,
      ...sum,
      perWorker,
      heap: heap.usage(),
    };
  }

  /**
   * Waits until all tasks have ended, also those that tasks have spawned and nobody waits for, then ends the workers. It does not wait for what
   * was cancelled, nor for a task that waits for something that nobody is left to bring. Later spawns throw `HEDDLE_STOPPED`.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop().finally(() => {
      living.delete(this);
      tell("runtimeStop", () => ({ name: this.name, runtime: this }));
    });
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    if (defaultRuntime === this) defaultRuntime = null;
    if (this.client === null) {
      const port = getPort();
      if (port instanceof SerialPort && currentFrame() === null) {
        await port.whenAtRest();
        watch?.rests();
      }
      return;
    }
    await this.client.whenQuiet();
    if (!this.client.isStopped) await this.#place?.beforeStop();
    this.client.stop(new StoppedError("The runtime was stopped: start another one, or spawn before stop() is called."));
    await this.team!.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function workersFromSetting(): number | undefined {
  const setting = getPlatform().setting("HEDDLE_WORKERS");
  if (setting === undefined || setting === "") return undefined;
  const workers = Number(setting);
  if (Number.isInteger(workers) && workers >= 0 && workers < MAX_SLOTS) return workers;
  throw new UsageError(`HEDDLE_WORKERS is "${setting}"; it must be a whole number from 0 (serial) to ${MAX_SLOTS - 1}`);
}

const LEAST_HEAP_BYTES = 1 << 20;

/** The memory of a runtime with so many slots. Throws OutOfMemoryError. */
export function reserveMemory(heapBytes: number | undefined, slots: number): SharedMemory {
  const { heapStart } = layout(slots);
  if (heapBytes !== undefined) {
    if (!(heapBytes >= LEAST_HEAP_BYTES && heapStart + heapBytes <= MAX_MEMORY_BYTES)) {
      throw new UsageError(`heapBytes is ${heapBytes}; it must be from ${LEAST_HEAP_BYTES} to ${MAX_MEMORY_BYTES - heapStart}`);
    }
    return createMemory(heapStart + heapBytes);
  }
  for (let bytes = MAX_MEMORY_BYTES; ; bytes /= 2) {
    try {
      return createMemory(bytes);
    } catch (error) {
      if (bytes / 2 < heapStart + LEAST_HEAP_BYTES) {
        const figures = { requested: bytes, capacity: 0, free: 0, largest: 0 };
        throw new OutOfMemoryError("The system refuses to reserve shared memory for a heap", figures, { cause: error });
      }
    }
  }
}

let defaultRuntime: Runtime | null = null;
let context: Context<Runtime> | undefined;
const runtimes = (): Context<Runtime> => (context ??= getPlatform().createContext<Runtime>());

/** The runtime that spawns here go to, in the thread that starts runtimes. */
export function currentRuntime(): Runtime {
  return runtimes().get() ?? (defaultRuntime ??= new Runtime({}, MADE_BY_START));
}

/** The default runtime, if anything has started it. */
export const startedRuntime = (): Runtime | null => runtimes().get() ?? defaultRuntime;

/**
 * Starts a runtime of its own and waits until its workers are there. While no default runtime has been started, it becomes
 * the default. `await using rt = await start({ workers: 2 })` stops it at the end of the block.
 *
 * @throws UsageError `HEDDLE_USAGE` for options out of range.
 */
export async function start(options: StartOptions = {}): Promise<Runtime> {
  refuseInWorker("start()");
  if (workerHere() !== null)
    throw new UsageError("start() was called inside a task: runtimes are started outside, by the thread that spawns to them");
  checkNames(options, ["workers", "heapBytes"], "start");
  const runtime = new Runtime(options, MADE_BY_START);
  defaultRuntime ??= runtime;
  runtime.client?.hold();
  try {
    await runtime.ready;
  } finally {
    runtime.client?.release();
  }
  return runtime;
}

/** Starts the default runtime as one place of several. */
export function startPlaceRuntime(options: StartOptions, place: PlaceStart): Runtime {
  if (defaultRuntime !== null) throw new UsageError("a place is started before anything else starts a runtime");
  defaultRuntime = new Runtime(options, MADE_BY_START, place);
  return defaultRuntime;
}

/** Figures of the runtime that applies here; undefined when nothing has started one. */
export const stats = (): RuntimeStats | undefined => startedRuntime()?.stats();

/** Stops the default runtime, if anything has started it; the next spawn starts another. */
export async function stop(): Promise<void> {
  await startedRuntime()?.stop();
}

/** This thread's place in the shared memory of the runtime that applies here; null in serial mode. */
export const stationHere = (): Station | null =>
  workerHere() === null ? (currentRuntime().client?.station ?? null) : (workerHere() as Station);

/** The memory that heap arrays made here lie in. */
export function here(): Here {
  return workerHere() ?? currentRuntime().here;
}

function refuseInWorker(what: string): void {
  if (isImporting()) {
    throw new SpawnDuringImportError(
      `${what} ran while a worker was importing a module for the tasks that it defines. Such a module must be safe to import: ` +
        "move the call into an exported `main` (heddle run calls it), guard it with `if (import.meta.main)`, or keep the tasks in a module of their own.",
    );
  }
  if (workerHere() === null && getPlatform().isWorkerThread()) {
    throw new ForeignError(
      `${what} was called in a worker of another copy of heddle. Two copies of the package are loaded: make the module that defines ` +
        "the task and the one that spawns it import the same one (see `npm ls heddle`).",
    );
  }
}

/** Where a spawn goes: below a frame of this thread, or to the workers of a runtime. */
export interface SpawnPlace {
  readonly port: Port | null;
  spawn(args: unknown[], options: SpawnOptions | null): Future<unknown>;
  /** Something that will spawn later exists: the process lives until `release`. */
  hold(): void;
  release(): void;
}

const nothing = (): void => {};

/** The place that applies here and now, also for spawns of this definition that come later. */
export function spawnPlace(def: TaskDefinition): SpawnPlace {
  const frame = currentFrame();
  const spawn =
    serialPlaces === null
      ? (args: unknown[], options: SpawnOptions | null) => spawnBelow(frame, def, args, options)
      : spawnFrom(serialPlaces, frame, def);
  const local = (): SpawnPlace => ({ port: getPort(), spawn, hold: nothing, release: nothing });
  const outside = workerHere() === null && runningTask(frame) === null;
  if (frame !== null && !outside) return local();
  if (frame === null) refuseInWorker(`${def.name}.spawn()`);
  if (workerHere() !== null) return local();
  const runtime = currentRuntime();
  const { client } = runtime;
  if (client === null) {
    return { ...local(), spawn: (args, options) => told(spawn(args, options)) };
  }
  const scope = frame as Scope | null;
  return {
    port: client,
    spawn: (args, options) => told(client.spawn(def, args, options, scope)),
    hold: () => client.hold(),
    release: () => client.release(),
  };
}

/** A task that was spawned outside of tasks, for who has subscribed to hear of them. */
function told(future: Future<unknown>): Future<unknown> {
  if (tasksAreWatched()) watchTask(future, currentRuntime());
  return future;
}

installFutureCrossing();

setSpawnElsewhere((def, args, options) => {
  const frame = currentFrame();
  if (frame instanceof Future)
    return serialPlaces === null ? spawnBelow(frame, def, args, options) : spawnPlace(def).spawn(args, options);
  // The short way for the commonest case: the thread that started the runtime, outside of tasks.
  const client = !isImporting() && workerHere() === null ? (startedRuntime()?.client ?? null) : null;
  if (client !== null && (frame === null || frame.owner === null)) return told(client.spawn(def, args, options, frame));
  const future = spawnPlace(def).spawn(args, options);
  if (frame === null && startedRuntime()?.client === null) noteSite(future); // as the client does
  return future;
});

/** The connection that futures made here and now belong to, in the thread that starts runtimes; null in workers. */
export const scopePort = (): Port | null => (workerHere() === null ? currentRuntime().client : null);
