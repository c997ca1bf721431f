/** The benchmarks of `npm run bench`, in their order: what a task costs, then the applications. */
export const basics = [
  "fib",
  "pools",
  "speedup",
  "loop",
  "startup",
  "ten-million",
  "trace",
  "simulate",
  "dashboard",
  "places",
  "latency",
] as const;

export const applications = [
  "lulesh",
  "sample-sort",
  "uts",
  "linear-algebra",
  "queens",
  "merge-sort",
  "strassen",
  "sparselu",
  "health",
  "stream",
] as const;

export type ApplicationName = (typeof applications)[number];
export const benchmarkNames: readonly string[] = [...basics, ...applications];
