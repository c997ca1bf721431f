/** Random programs of which two operations write the same element: is a race found just where no path leads from one to the other? */
import { install } from "../../src/check/check.ts";
import type { Future } from "../../src/index.ts";
import type { Op, Plan, Run } from "./graph-task.ts";

const result = install();
const { finish, promise, shared } = await import("../../src/index.ts");
const { body } = await import("./graph-task.ts"); // rewritten

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return Math.floor(((state >>> 8) / 2 ** 24) * below);
  };
}

function makePlan(below: (n: number) => number): Plan {
  const tops = 2 + below(5);
  const tasks: Op[][] = Array.from({ length: tops }, () => []);
  const inputs: number[][] = [];
  for (let i = 0; i < tops; i++) {
    inputs.push(i > 0 && below(3) === 0 ? [below(i)] : []);
    let put = false;
    const open: number[] = [];
    for (let k = below(5); k > 0; k--) {
      const what = below(6);
      if (what === 0 && i > 0) tasks[i].push({ do: "wait", task: below(i) });
      else if (what === 1 && i > 0) tasks[i].push({ do: "await", promise: below(i) });
      else if (what === 2 && !put) {
        tasks[i].push({ do: "put" });
        put = true;
      } else if (what === 3 || what === 4) {
        const child = tasks.push([]) - 1;
        tasks[i].push({ do: what === 3 ? "spawn" : "finish", child });
        if (what === 3) open.push(child);
      } else if (open.length > 0) tasks[i].push({ do: "join", child: open[below(open.length)] });
    }
    if (!put) tasks[i].push({ do: "put" });
  }
  for (let touches = 2; touches > 0; touches--) {
    const ops = tasks[below(tasks.length)];
    ops.splice(below(ops.length + 1), 0, { do: "touch" });
  }
  return { tasks, tops, inputs };
}

/** Whether nothing orders the two touches: by the graph alone. */
function races({ tasks, tops, inputs }: Plan): boolean {
  const before = new Map<string, string[]>(); // an operation by (task, position), "end" behind the last: what leads to it at once
  const at = (i: number, k: number): string => `${i}.${k}`;
  const end = (i: number): string => at(i, tasks[i].length);
  const putOf = (i: number): string =>
    at(
      i,
      tasks[i].findIndex((op) => op.do === "put"),
    );
  const add = (to: string, from: string): void => void before.set(to, [...(before.get(to) ?? []), from]);
  tasks.forEach((ops, i) => {
    ops.forEach((op, k) => {
      add(at(i, k + 1), at(i, k));
      if (op.do === "wait") add(at(i, k + 1), end(op.task));
      else if (op.do === "await") add(at(i, k + 1), putOf(op.promise));
      else if (op.do === "join") add(at(i, k + 1), end(op.child));
      else if (op.do === "spawn" || op.do === "finish") {
        add(at(op.child, 0), at(i, k));
        if (op.do === "finish") add(at(i, k + 1), end(op.child));
      }
    });
    if (i < tops) for (const input of inputs[i]) add(at(i, 0), end(input));
  });
  const leads = (from: string, to: string, seen = new Set<string>()): boolean => {
    if (to === from) return true;
    if (seen.has(to)) return false;
    seen.add(to);
    return (before.get(to) ?? []).some((it) => leads(from, it, seen));
  };
  const [one, other] = tasks.flatMap((ops, i) => ops.flatMap((op, k) => (op.do === "touch" ? [at(i, k)] : [])));
  return !leads(one, other) && !leads(other, one);
}

const found = (): number => result().races.reduce((sum, race) => sum + race.count, result().moreRaces);

let racy = 0;
const first = Number(process.argv[2] ?? 1);
const graphs = Number(process.argv[3] ?? 500);
for (let seed = first; seed < first + graphs; seed++) {
  const plan = makePlan(random(seed));
  const promises = Array.from({ length: plan.tops }, () => promise<void>());
  const run: Run = { ...plan, array: shared.int32(1), futures: [], promises };
  const before = found();
  await finish(async () => {
    for (let i = 0; i < plan.tops; i++) {
      const [input] = plan.inputs[i];
      run.futures[i] =
        input === undefined
          ? body.spawn(run, i)
          : (body.after as (...args: unknown[]) => Future<void>)(run, i, run.futures[input]);
    }
  });
  const expected = races(plan);
  if (expected) racy++;
  if (found() > before !== expected) {
    console.log(`seed ${seed}: a race was ${expected ? "not " : ""}found\n${JSON.stringify(plan, null, 1)}`);
    process.exit(1);
  }
  if (run.array[0] !== 2) throw new Error(`seed ${seed}: ${run.array[0]}`);
}
console.log(`${graphs} graphs, ${racy} with a race`);
