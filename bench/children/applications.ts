/**
 * The applications whose times are predicted: `heddle run applications.ts -- NAME ROUNDS SIZE`. Rounds that are not measured come first. Each
 * of the others is a span called "round", and its milliseconds are printed as one line of JSON.
 */
import { shared, span } from "heddle";
import { parallel as factorize } from "../../examples/linear-algebra/cholesky.ts";
import { fill, matrixOf } from "../../examples/linear-algebra/tiles.ts";
import { agrees } from "../../examples/lulesh/report.ts";
import { parallel as explode, sedov } from "../../examples/lulesh.ts";
import { fillRandom } from "../../examples/sample-sort/keys.ts";
import { parallel as sampleSort } from "../../examples/sample-sort.ts";
import { publishedTrees, parallel as search } from "../../examples/uts.ts";

/** So many let the engine make machine code of it on two workers as well, each of which runs half. */
const WARM_UP = 4;

/** Makes what a round needs, and returns the round. */
const applications: Record<string, (size: number) => Promise<() => Promise<() => Promise<unknown>>>> = {
  async uts(depth) {
    const { tree } = publishedTrees.T1;
    return async () => () => search({ ...tree, depth });
  },
  async lulesh(iterations) {
    return async () => {
      const region = shared.region();
      const domain = sedov(30, {}, region);
      return async () => {
        const outcome = await explode(domain, iterations);
        if (!agrees(outcome, iterations)) throw new Error("LULESH: not what the reference computes");
        region[Symbol.dispose]();
      };
    };
  },
  async "sample-sort"(n) {
    const [keys, sorted] = [shared.bigUint64(n), shared.bigUint64(n)];
    await fillRandom(keys, 1);
    return async () => () => sampleSort(keys, sorted);
  },
  async cholesky(n) {
    const [matrix, factored] = [0, 1].map(() => matrixOf(n, 128, (length) => shared.float64(length))) as [
      ReturnType<typeof matrixOf>,
      ReturnType<typeof matrixOf>,
    ];
    await fill(matrix, 1, true);
    return async () => {
      factored.values.set(matrix.values);
      return () => factorize(factored);
    };
  },
};

export async function main([name, rounds, size]: string[]): Promise<void> {
  const prepare = await applications[name!]!(Number(size));
  const times: number[] = [];
  for (let round = 0; round < WARM_UP + Number(rounds); round++) {
    const run = await prepare();
    if (round < WARM_UP) {
      await run();
      continue;
    }
    const begin = performance.now();
    await span("round", run);
    times.push(performance.now() - begin);
  }
  console.log(JSON.stringify(times));
}
