import { type Future, start, whenAll } from "heddle";
import { type Context, interleave, type Measure, milliseconds, type Row } from "../benchmark.ts";
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
  return {
    name: "heddle",
    empty: () => empty.spawn(),
    all: (results) => whenAll(results as Future<unknown>[]),
    close: () => runtime.stop(),
  };
};

/** The same, awaited as one awaits the others. */
const openPromises: OpenPool = async (...how) => {
  const { empty, close } = await openHeddle(...how);
  return { name: "heddle, Promise.all", empty, close };
};

export async function run({ quick, progress }: Context): Promise<Row[]> {
  const rounds = quick ? 1 : 3;
  const warmMs = quick ? 50 : 1000;
  const leastMs = quick ? 0 : 500;
  const atOnce = quick ? 2_000 : 20_000;
  const inTurn = quick ? 200 : 2_000;

  progress(`throughput, ${atOnce} tasks in flight`);
  const throughput = await compare("throughput", rounds, warmMs, async (pool) => {
    const { ms, times } = await repeat(leastMs, () => many(pool, atOnce));
    return (ms * 1000) / (times * atOnce);
  });
  progress(`round trip, ${inTurn} tasks in turn`);
  const roundTrip = await compare("roundTrip", rounds, warmMs, async (pool) => {
    const { ms, times } = await repeat(leastMs, async () => {
      for (let i = 0; i < inTurn; i++) await pool.empty();
    });
    return (ms * 1000) / (times * inTurn);
  });
  return [...rowsOf("time per task, many in flight", throughput, 1 / 100), ...rowsOf("round trip", roundTrip, 1 / 3)];
}

/** Until so much time has passed. */
async function repeat(leastMs: number, body: () => PromiseLike<unknown>): Promise<{ ms: number; times: number }> {
  let ms = 0;
  let times = 0;
  do {
    ms += await milliseconds(body);
    times++;
  } while (ms < leastMs);
  return { ms, times };
}

function many(pool: Pool, count: number): PromiseLike<unknown> {
  const results: PromiseLike<unknown>[] = [];
  for (let i = 0; i < count; i++) results.push(pool.empty());
  return (pool.all ?? Promise.all.bind(Promise))(results);
}

/** One pool is open at a time: idle threads of another would take part. */
async function compare(
  use: "throughput" | "roundTrip",
  rounds: number,
  warmMs: number,
  measure: (pool: Pool) => Promise<number>,
) {
  const pools: OpenPool[] = [
    openHeddle,
    ...(use === "throughput" ? [openPromises] : []),
    openPiscina,
    openTinypool,
    openWorkerpool,
    openPoolifier,
  ];
  const candidates = new Map<string, Measure>();
  for (const open of pools) {
    let name = "";
    const once = async (): Promise<number> => {
      const pool = await open(workers, use);
      ({ name } = pool);
      const warm = performance.now() + warmMs;
      while (performance.now() < warm) {
        if (use === "throughput") await many(pool, 4000);
        else await pool.empty();
      }
      const value = await measure(pool);
      await pool.close();
      return value;
    };
    await once(); // which says its name
    candidates.set(name, once);
  }
  return interleave(rounds, Object.fromEntries(candidates));
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
