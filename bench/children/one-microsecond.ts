/** Tasks that take about a microsecond each, in a tree; prints one line of JSON: ns per task of each thread, by the clock and by the
 * processor time of the whole process. */
import { task } from "heddle";
import { churn } from "../tasks.ts";

const WARM_UP = 3;

export const node = task(import.meta, (depth: number, steps: number): number => {
  const own = churn(steps);
  if (depth === 0) return own;
  const left = node.spawn(depth - 1, steps);
  const right = node(depth - 1, steps);
  return own ^ left.join() ^ right;
});

export async function main(args: string[]): Promise<void> {
  const [depth, rounds, steps] = args.map(Number) as [number, number, number];
  const tasks = 2 ** depth; // each spawned task calls another node, which is no task of its own
  const times: number[] = [];
  const cpu: number[] = [];
  for (let round = 0; round < WARM_UP + rounds; round++) {
    const begin = performance.now();
    const before = process.cpuUsage();
    await node.spawn(depth, steps);
    if (round < WARM_UP) continue;
    const { user, system } = process.cpuUsage(before);
    times.push(((performance.now() - begin) * 1e6) / tasks);
    cpu.push(((user + system) * 1000) / tasks);
  }
  const best = (list: number[]): number => Math.min(...list);
  console.log(JSON.stringify({ ns: best(times), cpuNs: best(cpu) }));
}
