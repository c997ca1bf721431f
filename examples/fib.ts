import { task } from "heddle";
import { readOptions } from "./lib/options.ts";

const usage = `Fibonacci numbers by the plain recursion: two calls a task and nothing else, so it measures the runtime itself.

  -n N     which number (default 35)`;

export const fib = task(import.meta, (n: number): number => {
  if (n < 2) return n;
  const left = fib.spawn(n - 1);
  return fib(n - 2) + left.join();
});

export function sequential(n: number): number {
  return n < 2 ? n : sequential(n - 1) + sequential(n - 2);
}

export async function parallel(n: number): Promise<number> {
  return await fib.spawn(n);
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 35 });
  if (options) console.log(`fib(${options.n}) = ${await parallel(options.n)}`);
}
