import { churn } from "./tasks.ts";

/** So many steps of `churn` take so long (ns): the best of some tries. */
export function stepsFor(ns: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 10; i++) {
    const begin = performance.now();
    churn(2e6);
    best = Math.min(best, performance.now() - begin);
  }
  return (ns * 2e6) / (best * 1e6);
}
