import type { Future } from "./core.ts";
import { inputArrived } from "./dataflow.ts";

/** A function to call, or a task that waits for its inputs. */
export type Waiter = ((settled: Future<unknown>) => void) | Future<unknown>;

/** Most futures have one waiter or none. */
export type Waiters = Waiter | Waiter[] | null;

export function addWaiter(waiters: Waiters, waiter: Waiter): Waiters {
  if (waiters === null) return waiter;
  if (!Array.isArray(waiters)) return [waiters, waiter];
  waiters.push(waiter);
  return waiters;
}

export const countWaiters = (waiters: Waiters): number => (waiters === null ? 0 : Array.isArray(waiters) ? waiters.length : 1);

export function callWaiter(waiter: Waiter, settled: Future<unknown>): void {
  if (typeof waiter === "function") waiter(settled);
  else inputArrived(waiter, settled);
}

export function callWaiters(waiters: Waiters, settled: Future<unknown>): void {
  if (waiters === null) return;
  if (!Array.isArray(waiters)) callWaiter(waiters, settled);
  else for (let i = 0; i < waiters.length; i++) callWaiter(waiters[i]!, settled);
}
