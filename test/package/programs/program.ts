import { task } from "heddle";

export const fib = task(import.meta, (n: number): number => {
  if (n < 2) return n;
  const left = fib.spawn(n - 1);
  return fib(n - 2) + left.join();
});

export async function main(args: string[]): Promise<void> {
  const n = Number(args[0]);
  console.log(`fib(${n}) = ${await fib.spawn(n)}`);
}
