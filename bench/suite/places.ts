import { fileURLToPath } from "node:url";
import { tryLibrary } from "../../src/net/mpi/library.ts";
import { type Context, median, type Row } from "../benchmark.ts";
import { compile } from "../compile.ts";
import { stealing, weakScaling } from "../places/applications.ts";
import { COLLECTIVES, FIGURES, type Figures, parse } from "../places/figures.ts";
import { finishes } from "../places/finishes.ts";
import { heddleRun, output, ranks } from "../places/launch.ts";

export const name = "places";
export const what =
  "two places: transports, remote spawns, copies and puts beside MPI in C and MPI through the binding alone; UTS, and weak scaling on up to 8 places, beside one place; what a finish says on up to 1024";

const program = (file: string): string => fileURLToPath(new URL(`../places/${file}`, import.meta.url));

const C = "MPI in C";
const BINDING = "the binding alone, blocking calls";
const PROGRAM = "two places in a process";
const PROGRAM_ON_MPI = "two ranks";
type Figure = (typeof FIGURES)[number];

const METRICS: Record<(typeof FIGURES)[number], readonly [what: string, unit: string]> = {
  roundTrip8: ["round trip, 8 B", "us"],
  roundTrip1024: ["round trip, 1 KiB", "us"],
  bandwidth1M: ["bandwidth, 1 MiB", "GB/s"],
  bandwidth16M: ["bandwidth, 16 MiB", "GB/s"],
  barrier: ["barrier", "us"],
  allReduce: ["all-reduce, 8 B", "us"],
  allGather: ["all-gather, 8 B", "us"],
  broadcast8: ["broadcast, 8 B", "us"],
  broadcast64K: ["broadcast, 64 KiB", "us"],
  broadcast1M: ["broadcast, 1 MiB", "us"],
  records8: ["records of 8 B, aggregated", "million/s"],
  spawn: ["remote spawn and its answer", "us"],
  copy1M: ["copy, 1 MiB", "GB/s"],
  copy16M: ["copy, 16 MiB", "GB/s"],
  puts8: ["puts of 8 B, a future each", "million/s"],
  updates8: ["elements of 8 B by update", "million/s"],
};

export async function run(context: Context): Promise<Row[]> {
  const { quick, progress } = context;
  const rounds = String(quick ? 500 : 10_000);
  const calls = String(quick ? 200 : 2000);
  const repeats = quick ? 1 : 5;
  const peer = compile({
    name: "places-peer",
    source: new URL("../places/peer.c", import.meta.url),
    compiler: "mpicc",
    needs: "mpi.h",
    package: "libopenmpi-dev",
    flags: [],
  });
  const heddle = (places: string) => {
    const options = ["--workers", "1", ...(places === "1" ? [] : ["--places", places])];
    return heddleRun(options, program("program.ts"), [calls]);
  };
  const candidates = new Map<string, () => Promise<Figures>>();
  const left: Row[] = [];
  const leaveOut = (metric: string, why: string) =>
    left.push({ metric, value: Number.NaN, unit: "us", note: `left out: ${why}` });

  const library = tryLibrary();
  const hasLauncher = await output("mpirun", ["--version"]).then(
    () => true,
    () => false,
  );
  if (typeof library === "string") leaveOut("mpi", library);
  else if (!hasLauncher) leaveOut("mpi", "no mpirun: install Debian's package openmpi-bin");
  else {
    if ("missing" in peer) leaveOut(C, peer.missing);
    else candidates.set(C, async () => parse(await ranks([peer.path, rounds])));
    candidates.set(BINDING, async () => parse(await ranks([process.execPath, program("binding.ts"), rounds])));
    candidates.set("mpi", async () => parse(await ranks([process.execPath, program("mpi.ts"), rounds])));
    candidates.set(PROGRAM_ON_MPI, async () => parse(await ranks(heddle("1"))));
  }
  candidates.set(PROGRAM, async () => parse(await output(process.execPath, heddle("2").slice(1))));
  candidates.set("loopback", async () => parse(await output(process.execPath, [program("loopback.ts"), rounds])));

  const samples = new Map<string, Figures[]>();
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [candidate, measure] of candidates) {
      progress(`${candidate}, ${repeat + 1} of ${repeats}`);
      samples.set(candidate, [...(samples.get(candidate) ?? []), await measure()]);
    }
  }
  return [...left, ...rowsOf(samples), ...(await stealing(context)), ...(await weakScaling(context)), ...finishes()];
}

/** What a program of two places with a worker each reaches. Cores that two places share are a crowd: four threads. */
function programRows(value: (candidate: string, figure: Figure) => number | undefined): Row[] {
  const peerOf: Partial<Record<Figure, Figure>> = { spawn: "roundTrip8", copy1M: "bandwidth1M", copy16M: "bandwidth16M" };
  return [PROGRAM_ON_MPI, PROGRAM].flatMap((candidate) =>
    (["spawn", "copy1M", "copy16M", "puts8", "updates8"] as const).flatMap((figure): Row[] => {
      const mine = value(candidate, figure);
      if (mine === undefined) return [];
      const [metric, unit] = METRICS[figure];
      const own = { metric: `${metric}, ${candidate}`, value: mine, unit };
      if (figure === "puts8" || figure === "updates8") return [{ ...own, goal: ">= 1 million/s", ok: mine >= 1 }];
      const rows = [C, BINDING].flatMap((peer): Row[] => {
        const peerValue = value(peer, peerOf[figure]!);
        if (peerValue === undefined) return [];
        const ratio = mine / peerValue;
        if (figure !== "spawn") {
          const isGoal = peer === C && candidate === PROGRAM_ON_MPI;
          return [{ ...own, peer, peerValue, ratio, ...(isGoal ? { goal: ">= 0.9 x", ok: ratio >= 0.9 } : {}) }];
        }
        const most = peer === C ? 5 : 2;
        return [{ ...own, peer, peerValue, ratio, goal: `<= ${most} x`, ok: ratio <= most }];
      });
      return rows.length > 0 ? rows : [own];
    }),
  );
}

/** Every transport beside every peer that has the same figure; what only peers have, the binding beside C. */
function rowsOf(samples: ReadonlyMap<string, readonly Figures[]>): Row[] {
  const value = (candidate: string, figure: (typeof FIGURES)[number]) => {
    const found = (samples.get(candidate) ?? []).map((it) => it[figure]).filter((it) => it !== undefined);
    return found.length === 0 ? undefined : median(found);
  };
  const ofTransports = FIGURES.flatMap((figure) => {
    if (["spawn", "copy1M", "copy16M", "puts8", "updates8"].includes(figure)) return [];
    const [metric, unit] = METRICS[figure];
    const isTransports = value("loopback", figure) !== undefined;
    const programs = (COLLECTIVES as readonly string[]).includes(figure) ? [PROGRAM_ON_MPI, PROGRAM] : [];
    const subjects = isTransports ? ["mpi", "loopback", ...programs] : [BINDING];
    return subjects.flatMap((subject): Row[] => {
      const mine = value(subject, figure);
      if (mine === undefined) return [];
      const awaited = programs.includes(subject) ? " awaited by a task" : "";
      const own = { metric: `${metric}${awaited}, ${subject}`, value: mine, unit };
      const peers = [C, BINDING].filter((it) => it !== subject);
      const rows = peers.flatMap((peer): Row[] => {
        const peerValue = value(peer, figure);
        return peerValue === undefined
          ? []
          : [{ ...own, peer, peerValue, ratio: mine / peerValue, ...goal(figure, subject, peer, mine / peerValue) }];
      });
      if (figure === "records8") return [{ ...own, goal: ">= 1 million/s", ok: mine >= 1 }];
      return rows.length > 0 ? rows : [own];
    });
  });
  return [...ofTransports, ...programRows(value)];
}

function goal(figure: (typeof FIGURES)[number], subject: string, peer: string, ratio: number): Pick<Row, "goal" | "ok"> {
  if (subject !== "mpi" || peer !== C || !figure.startsWith("bandwidth")) return {};
  return { goal: ">= 0.9 x", ok: ratio >= 0.9 };
}
