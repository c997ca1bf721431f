/** Operations of Atomics that programs do on their arrays happen in the recorded order. */
import { ordered } from "../sched/direct.ts";
import "../shared/atomics.ts"; // the runtime keeps the operations as they are

type Operation = (...args: unknown[]) => unknown;

export function orderAtomics(): void {
  const atomics = Atomics as unknown as Record<string, Operation>;
  for (const name of ["add", "and", "compareExchange", "exchange", "load", "or", "store", "sub", "xor"]) {
    const operation = atomics[name]!;
    atomics[name] = (...args) => ordered(`calls Atomics.${name}`, () => operation(...args));
  }
}
