import { start } from "heddle";
import { fib, sequential } from "../../examples/fib.ts";
import { type Context, interleave, type Measure, milliseconds, type Row } from "../benchmark.ts";
import { buildPeers, runPeer } from "../peers/build.ts";

export const name = "fib";
export const what = "time per spawn and join, one task for every call of fib that is not a leaf";

export async function run({ quick, progress }: Context): Promise<Row[]> {
  const rounds = quick ? 1 : 5;
  progress("compiling the C++ peers");
  const peers = buildPeers();
  const rows: Row[] = peers
    .filter((peer) => peer.missing)
    .map((peer) => ({ metric: peer.name, value: Number.NaN, unit: "ns", note: `left out: ${peer.missing}` }));

  for (const [workers, full] of [
    [1, 32],
    [2, 27],
    [2, 32],
  ] as const) {
    const n = quick ? full - 8 : full;
    const nsPerTask = (ms: number) => (ms * 1e6) / tasksOf(n);
    progress(`fib(${n}), ${workers} workers`);
    await using runtime = await start({ workers });
    await runtime.run(() => fib.spawn(Math.min(n, 27)));
    const candidates: Record<string, Measure> = {
      heddle: async () => nsPerTask(await milliseconds(() => runtime.run(() => fib.spawn(n)))),
      "sequential call": async () => nsPerTask(await milliseconds(() => sequential(n))),
    };
    for (const { name: peer, path } of peers) if (path) candidates[peer] = () => runPeer(path, workers, n).nsPerTask;
    const { heddle: value = Number.NaN, ...others } = await interleave(rounds, candidates);
    for (const [peer, peerValue] of Object.entries(others)) {
      const most = peer !== "sequential call" ? 1 : workers === 1 ? 2.5 : undefined;
      const ratio = value / peerValue;
      rows.push({
        metric: `fib(${n}), ${workers} ${workers === 1 ? "worker" : "workers"}`,
        value,
        unit: "ns",
        peer,
        peerValue,
        ratio,
        ...(most && { goal: `<= ${most} x`, ok: ratio <= most }),
      });
    }
  }
  return rows;
}

/** Spawns of fib(n): one for every call that is not a leaf. */
function tasksOf(n: number): number {
  return n < 2 ? 0 : 1 + tasksOf(n - 1) + tasksOf(n - 2);
}
