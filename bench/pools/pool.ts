import { fileURLToPath } from "node:url";

/** What the benchmark needs from a pool: run the empty task once, and go away. */
export interface Pool {
  readonly name: string;
  empty(): PromiseLike<unknown>;
  /** Waits for all of them; `Promise.all` where the pool has nothing of its own. */
  all?(results: PromiseLike<unknown>[]): PromiseLike<unknown>;
  close(): PromiseLike<unknown>;
}

export type Use = "throughput" | "roundTrip";

/**
 * Opens a pool with the documented settings that measured best for this use: many tasks in flight at once
 * (`throughput`), or one after the other (`roundTrip`).
 */
export type OpenPool = (workers: number, use: Use) => Pool | Promise<Pool>;

export function workerFile(name: string): string {
  return fileURLToPath(new URL(`./workers/${name}.ts`, import.meta.url));
}
