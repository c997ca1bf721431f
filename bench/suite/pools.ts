import { start } from "heddle";
import { type Context, interleave, milliseconds, type Row } from "../benchmark.ts";
import { openPiscina } from "../pools/piscina.ts";
import type { OpenPool, Pool } from "../pools/pool.ts";
import { openPoolifier } from "../pools/poolifier.ts";
import { openTinypool } from "../pools/tinypool.ts";
import { openWorkerpool } from "../pools/workerpool.ts";
import { empty } from "../tasks.ts";

export const name = "pools";
export const what = "empty tasks from the main thread on 2 workers: many in flight at once, and one after the other";

const workers = 2;

const openHeddle: OpenPool = async () => {
  const runtime = await start({ workers }); // the first one is the default runtime, where spawns go
  return { name: "heddle", empty: () => empty.spawn(), close: () => runtime.stop() };
};

export async function run({ quick, progress }: Context): Promise<Row[]> {
  const rounds = quick ? 1 : 3;
  const atOnce = quick ? 2_000 : 20_000;
  const inTurn = quick ? 200 : 2_000;

  progress(`throughput, ${atOnce} tasks in flight`);
  const throughput = await compare("throughput", rounds, async (pool) => {
    const ms = await milliseconds(() => Promise.all(Array.from({ length: atOnce }, () => pool.empty())));
    return (ms * 1000) / atOnce;
  });
  progress(`round trip, ${inTurn} tasks in turn`);
  const roundTrip = await compare("roundTrip", rounds, async (pool) => {
    const ms = await milliseconds(async () => {
      for (let i = 0; i < inTurn; i++) await pool.empty();
    });
    return (ms * 1000) / inTurn;
  });
  return [...rowsOf("time per task, many in flight", throughput, 1 / 100), ...rowsOf("round trip", roundTrip, 1 / 3)];
}

async function compare(use: "throughput" | "roundTrip", rounds: number, measure: (pool: Pool) => Promise<number>) {
  const open: OpenPool[] = [openHeddle, openPiscina, openTinypool, openWorkerpool, openPoolifier];
  const pools = await Promise.all(open.map((each) => each(workers, use)));
  const warm = async (pool: Pool) => {
    await Promise.all(Array.from({ length: 2000 }, () => pool.empty()));
    for (let i = 0; i < 500; i++) await pool.empty();
  };
  for (const pool of pools) await warm(pool);
  const medians = await interleave(rounds, Object.fromEntries(pools.map((pool) => [pool.name, () => measure(pool)])));
  for (const pool of pools) await pool.close();
  return medians;
}

function rowsOf(metric: string, { heddle: value = Number.NaN, ...others }: Record<string, number>, most: number): Row[] {
  const best = Math.min(...Object.values(others));
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
