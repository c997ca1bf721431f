import type { Future } from "./core.ts";

export type Waiter = (settled: Future<unknown>) => void;

/** Most futures have one waiter or none. */
export type Waiters = Waiter | Waiter[] | null;

export function addWaiter(waiters: Waiters, waiter: Waiter): Waiters {
  if (waiters === null) return waiter;
  if (typeof waiters === "function") return [waiters, waiter];
  waiters.push(waiter);
  return waiters;
}

export const countWaiters = (waiters: Waiters): number =>
  waiters === null ? 0 : typeof waiters === "function" ? 1 : waiters.length;

export function callWaiters(waiters: Waiters, settled: Future<unknown>): void {
  if (typeof waiters === "function") waiters(settled);
  else if (waiters !== null) for (const waiter of waiters) waiter(settled);
}
