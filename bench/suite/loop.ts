import { parallelFor, shared, start } from "heddle";
import { type Context, interleave, milliseconds, type Row } from "../benchmark.ts";
import { scaleAt } from "../tasks.ts";

export const name = "loop";
export const what = "parallelFor with a tiny body, 2 workers, against half the time of the plain loop";

export async function run({ quick, progress }: Context): Promise<Row[]> {
  const n = quick ? 100_000 : 10_000_000;
  progress(`${n} indices`);
  await using runtime = await start({ workers: 2 });
  return await runtime.run(async () => {
    const data = shared.float64(n);
    const plain = new Float64Array(n);
    const byTask = () => parallelFor(n, scaleAt, data);
    const byLambda = () =>
      parallelFor(
        n,
        (i: number, values: Float64Array) => {
          values[i] = values[i]! * 0.5 + i;
        },
        data,
      );
    for (let i = 0; i < 5; i++) {
      await byTask();
      await byLambda();
      plainLoop(plain);
    }
    const medians = await interleave(quick ? 1 : 9, {
      "body a task": () => milliseconds(byTask),
      "body a lambda": () => milliseconds(byLambda),
      plain: () => milliseconds(() => plainLoop(plain)),
    });
    shared.free(data);
    const half = medians.plain / 2;
    return (["body a task", "body a lambda"] as const).map((kind) => ({
      metric: `${n.toLocaleString("en-US")} indices, ${kind}`,
      value: medians[kind],
      unit: "ms",
      peer: "half the plain loop",
      peerValue: half,
      ratio: medians[kind] / half,
      goal: "<= 1.2 x",
      ok: medians[kind] / half <= 1.2,
    }));
  });
}

function plainLoop(data: Float64Array): void {
  for (let i = 0; i < data.length; i++) data[i] = data[i]! * 0.5 + i;
}
