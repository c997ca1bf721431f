import type { Worker } from "node:worker_threads";
import { HeddleError } from "../errors.ts";

/** One figure that must be the same before and after: threads alive, cells in use, heap blocks. */
export interface LeakProbe {
  readonly name: string;
  read(): number;
}

export interface Leak {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/** Something was left behind. `leaks` holds each figure that grew. */
export class LeakError extends HeddleError {
  override readonly code = "HEDDLE_LEAK";
  override name = "LeakError";
  readonly leaks: readonly Leak[];

  constructor(leaks: readonly Leak[]) {
    super(`left behind: ${leaks.map(({ name, before, after }) => `${name} ${before} -> ${after}`).join(", ")}`);
    this.leaks = leaks;
  }
}

export interface LeakOptions {
  /** How long to wait for what ends by itself, as handles do that are closing; 2,000 unless given. */
  readonly settleMilliseconds?: number;
}

/**
 * Runs `body`, and throws if it leaves a figure higher than it found it. A figure that falls is no leak. Does not check where `body` itself
 * throws: its error comes first.
 *
 * @throws LeakError (HEDDLE_LEAK) that names each figure, before and after
 */
export async function expectNoLeaks<T>(
  probes: readonly LeakProbe[],
  body: () => T | Promise<T>,
  options?: LeakOptions,
): Promise<T> {
  const verify = watchLeaks(probes, options);
  const result = await body();
  await verify();
  return result;
}

/** The part of a test's context that `checkLeaks` needs; `node:test` and vitest have it under these names. */
export interface TestLike {
  after(hook: () => Promise<void>): void;
}

/** In a test of `node:test`: fails the test if at its end a figure is higher than now. */
export function checkLeaks(test: TestLike, probes: readonly LeakProbe[] = resourceProbes(), options?: LeakOptions): void {
  test.after(watchLeaks(probes, options));
}

/** Reads the figures now; the function that it returns reads them again, and throws LeakError if some stay higher. */
export function watchLeaks(probes: readonly LeakProbe[], { settleMilliseconds = 2000 }: LeakOptions = {}): () => Promise<void> {
  const before = probes.map((probe) => probe.read());
  const leaksNow = (): Leak[] =>
    probes
      .map((probe, i) => ({ name: probe.name, before: before[i]!, after: probe.read() }))
      .filter((figure) => figure.after > figure.before);
  return async () => {
    const deadline = performance.now() + settleMilliseconds;
    while (leaksNow().length > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
    const leaks = leaksNow();
    if (leaks.length > 0) throw new LeakError(leaks);
  };
}

/** What holds a Node process: worker threads that this thread started, and one figure for each kind of resource. */
export function resourceProbes(kinds: readonly string[] = ["MessagePort", "Timeout", "Immediate"]): LeakProbe[] {
  const resources = kinds.map((kind) => ({
    name: `active ${kind}`,
    read: () => process.getActiveResourcesInfo().filter((resource) => resource === kind).length,
  }));
  return [workerProbe(), ...resources];
}

const alive = new Set<Worker>();
let counting = false;

/** Worker threads alive, of those that this thread started after the first call. */
export function workerProbe(): LeakProbe {
  if (!counting) {
    counting = true;
    process.on("worker", (worker) => {
      alive.add(worker);
      worker.once("exit", () => alive.delete(worker));
    });
  }
  return { name: "worker threads", read: () => alive.size };
}
