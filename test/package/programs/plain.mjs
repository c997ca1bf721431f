import { start, task } from "heddle";

export const fib = task(import.meta, function fib(n) {
  if (n < 2) return n;
  const left = fib.spawn(n - 1);
  return fib(n - 2) + left.join();
});

if (import.meta.main) {
  const runtime = await start({ workers: 2 });
  // Whether the second worker finds something to steal is chance, so each gets tasks of its own.
  const [value] = await Promise.all([fib.with({ affinity: 0 }).spawn(24), fib.with({ affinity: 1 }).spawn(24)]);
  await runtime.stop();
  const ran = runtime.stats().perWorker.every(({ executed }) => executed > 0);
  console.log(`fib(24) = ${value} on ${runtime.workers} workers, both ran: ${ran}`);
}
