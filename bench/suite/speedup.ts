import { start, whenAll } from "heddle";
import type { Example } from "../../examples/showcase/example.ts";
import { example } from "../../examples/showcase/example.ts";
import { examples } from "../../examples/showcase/list.ts";
import { type Context, interleave, milliseconds, type Row } from "../benchmark.ts";
import { churn, coarse } from "../tasks.ts";

export const name = "speedup";
export const what = "tasks on 2 workers against the plain sequential program";

export async function run({ quick, progress }: Context): Promise<Row[]> {
  await using runtime = await start({ workers: 2 });
  const rows: Row[] = [];
  for (const each of [...examples(quick), await coarseTasks(quick)]) {
    progress(`${each.name}, ${each.input}`);
    const results = new Set<string>();
    const note = async (run: ReturnType<Example["sequential"]>) => {
      const { ms, fingerprint } = await run;
      results.add(fingerprint);
      return ms;
    };
    const { plain, tasks } = await interleave(quick ? 1 : 5, {
      plain: () => note(each.sequential()),
      tasks: () => note(runtime.run(() => each.parallel())),
    });
    each.close();
    rows.push({
      metric: `${each.name}, ${each.input}`,
      value: tasks,
      unit: "ms",
      peer: "plain program",
      peerValue: plain,
      ratio: plain / tasks,
      ...(required.has(each.name) && { goal: ">= 1.9 x faster", ok: plain / tasks >= 1.9 && results.size === 1 }),
      ...(results.size > 1 && { note: "the results differ" }),
    });
  }
  return rows;
}

const required = new Set(["uts", "queens", "merge sort", "heat, phasers", "heat, dataflow", "matmul", "coarse tasks"]);

/** 99 tasks of 10 ms and, in their midst, one of 200 ms: work is counted in steps, so that a task has no clock to look at. */
async function coarseTasks(quick: boolean): Promise<Example> {
  churn(1e7);
  const steps = 2e7;
  const perMs = Math.round(steps / (await milliseconds(() => churn(steps))));
  const unit = quick ? 0.1 : 1;
  const lengths = Array.from({ length: 100 }, (_, index) => Math.round(perMs * unit * (index === 50 ? 200 : 10)));
  return example({
    name: "coarse tasks",
    input: `99 of ${10 * unit} ms, one of ${200 * unit} ms`,
    prepare: () => lengths,
    sequential: (all) => all.map(churn),
    parallel: async (all) => await whenAll(all.map((length) => coarse.spawn(length))),
    fingerprint: (results) => results.join(),
  });
}
