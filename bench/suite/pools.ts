import { type Context, interleave, type Row } from "../benchmark.ts";
import { runChild } from "../children/child.ts";
import { pools } from "../pools/list.ts";
import type { Use } from "../pools/pool.ts";

export const name = "pools";
export const what = "empty tasks from the main thread on 2 workers: many in flight at once, and one after the other";

const workers = 2;

export async function run({ quick, progress }: Context): Promise<Row[]> {
  const atOnce = quick ? 2_000 : 20_000;
  const inTurn = quick ? 200 : 2_000;
  progress(`throughput, ${atOnce} tasks in flight`);
  const throughput = await compare("throughput", Object.keys(pools), atOnce, quick);
  progress(`round trip, ${inTurn} tasks in turn`);
  const others = Object.keys(pools).filter((key) => key !== "promises");
  const roundTrip = await compare("roundTrip", others, inTurn, quick);
  return [...rowsOf("time per task, many in flight", throughput, 1 / 100), ...rowsOf("round trip", roundTrip, 1 / 3)];
}

/** Each pool in a process of its own: the threads of one must not disturb another, even while it closes. */
async function compare(use: Use, keys: readonly string[], count: number, quick: boolean): Promise<Record<string, number>> {
  const names = new Map<string, string>();
  const medians = await interleave(
    quick ? 1 : 3,
    Object.fromEntries(
      keys.map((key) => [
        key,
        () => {
          const { name, us } = runChild<{ name: string; us: number }>(
            "pool",
            key,
            use,
            workers,
            count,
            quick ? 50 : 1000,
            quick ? 0 : 500,
          );
          names.set(key, name);
          return us;
        },
      ]),
    ),
  );
  return Object.fromEntries(Object.entries(medians).map(([key, us]) => [names.get(key)!, us]));
}

function rowsOf(metric: string, { heddle: value = Number.NaN, ...others }: Record<string, number>, most: number): Row[] {
  const best = Math.min(...Object.entries(others).flatMap(([peer, it]) => (peer.startsWith("heddle") ? [] : [it])));
  return Object.entries(others).map(([peer, peerValue]) => ({
    metric,
    value,
    unit: "us",
    peer,
    peerValue,
    ratio: value / peerValue,
    ...(peerValue === best && { goal: `<= 1/${Math.round(1 / most)} of the best`, ok: value / peerValue <= most }),
  }));
}
