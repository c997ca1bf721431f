/** What heddle needs from its surroundings. One implementation for Node, one for browsers; see install-*.ts. */
export interface Platform {
  readonly name: "node" | "browser";
  /** How many workers a runtime has unless told otherwise. */
  defaultWorkers(): number;
  /** A setting from outside the program, as HEDDLE_WORKERS. */
  setting(name: string): string | undefined;
  /** Why workers cannot be had here, in words for a warning; undefined where they can. */
  whyNoWorkers(): string | undefined;
  startThread(start: ThreadStart, events: ThreadEvents): Thread;
  /** Whether this thread may block in Atomics.wait. */
  canBlock(): boolean;
  /** Resolves after pending I/O callbacks and timers that are due have run. */
  macrotask(): Promise<void>;
  /** Whether something in this thread's event loop is still to come: timers, sockets, files. */
  hasPendingEvents(): boolean;
  /** The kinds of these, where they are known. */
  events?(): readonly string[];
  /** A handle that keeps the process alive between `ref` and `unref`. */
  keepAlive(): { ref(): void; unref(): void };
  channel(name: string): Channel;
  warn(message: string, code: string): void;
  /** Reports an error that nobody handles, in the way of the platform. */
  unhandled(error: unknown): void;
  /** A value that follows a function and everything that it awaits. */
  createContext<T>(): Context<T>;
  /** Whether this thread was started as a worker of some copy of heddle. */
  isWorkerThread(): boolean;
  /** Nanoseconds of a clock that all threads share and that never goes back. */
  monotonicNs(): number;
  /** How long (ns) this thread's event loop has waited for events so far. */
  idleNs(): number;
  /** From now on, tells when promise reactions of this thread begin and end. */
  watchPromises?(before: () => void, after: () => void): void;
  /** The bytes behind a URL, read at once. Browsers fetch them asynchronously in `prepare`. */
  readFile(url: string): Uint8Array;
  /** Imports a module before it returns. False where that cannot be done: with top-level `await`, or while it is being imported. */
  importNow?(url: string): boolean;
}

/** Events of one name, for whoever has subscribed to them. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

export interface Context<T> {
  run<R>(store: T, body: () => R): R;
  get(): T | undefined;
}

/** What a new worker thread is given. Structured-cloneable. */
export interface ThreadStart {
  readonly memory: WebAssembly.Memory;
  readonly slot: number;
  /** All slots of the memory: the client's, the workers', and that of the communication thread where there is one. */
  readonly slots: number;
  readonly runtime: string;
  /** Makes the thread the communication thread of this place; see ../place/README.md. */
  readonly communication?: unknown;
  /** The memory of the trace, where the runtime is traced. */
  readonly trace?: SharedArrayBuffer;
}

export interface ThreadEvents {
  onReady(): void;
  /** Once; `error` is what the thread died of, undefined when it was asked to end. */
  onExit(error: unknown): void;
}

export interface Thread {
  /** Ends the thread, wherever it is. */
  terminate(): Promise<void>;
  /**
   * What an expression gives in that thread, whatever the thread does at the moment: evaluated in the midst of it. Undefined when there is no
   * answer within `limit` milliseconds, or no way to ask.
   */
  evaluate?(expression: string, limit: number): Promise<string | undefined>;
  /** True when it is certain that the thread runs no more, perhaps before `onExit` is called. */
  hasEnded(): boolean;
}

let platform: Platform | undefined;

export function setPlatform(it: Platform): void {
  platform = it;
}

export function getPlatform(): Platform {
  if (platform === undefined) throw new Error("heddle: no platform is installed; import it from its main entry");
  return platform;
}

declare global {
  /** Part of the types of browsers. Programs that are compiled for Node alone lack them, and meet this type in declarations. */
  namespace WebAssembly {
    interface Memory {}
  }
}
