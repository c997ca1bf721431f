/** Counters of one worker, or of all of them together. */
export interface WorkerCounters {
  readonly spawned: number;
  readonly executed: number;
  readonly promoted: number;
  readonly stolen: number;
  readonly parked: number;
}

export interface RuntimeStats extends WorkerCounters {
  readonly workers: number;
  readonly perWorker: readonly WorkerCounters[];
  /** Bytes. */
  readonly heap: { readonly used: number; readonly peak: number; readonly capacity: number };
}

/** What the command line needs of the process's default runtime. */
export interface RuntimePort {
  /** Undefined when no runtime was started. */
  stats(): RuntimeStats | undefined;
  stop(): Promise<void>;
}

/** Loaded only when a program runs: `help` and `info` need no runtime. */
export async function defaultRuntime(): Promise<RuntimePort> {
  return { stats: () => undefined, stop: () => Promise.resolve() };
}

const STOP_LIMIT_MS = 3000;

/** Stops the workers, but waits no longer than a user would: the process is about to end anyway. */
export async function stopInTime(runtime: RuntimePort): Promise<void> {
  await Promise.race([runtime.stop().catch(() => {}), new Promise((resolve) => setTimeout(resolve, STOP_LIMIT_MS))]);
}
