import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { tryLibrary } from "../../src/net/mpi/library.ts";
import { type Context, median, type Row } from "../benchmark.ts";
import { compile } from "../compile.ts";
import { FIGURES, type Figures, parse } from "../places/figures.ts";

export const name = "places";
export const what =
  "transports between two places, as their communication threads see them; beside MPI in C and MPI through the binding alone";

const start = promisify(execFile);
const program = (file: string): string => fileURLToPath(new URL(`../places/${file}`, import.meta.url));
const LIMIT = 60_000;

const C = "MPI in C";
const BINDING = "the binding alone, blocking calls";

const METRICS: Record<(typeof FIGURES)[number], readonly [what: string, unit: string]> = {
  roundTrip8: ["round trip, 8 B", "us"],
  roundTrip1024: ["round trip, 1 KiB", "us"],
  bandwidth1M: ["bandwidth, 1 MiB", "GB/s"],
  bandwidth16M: ["bandwidth, 16 MiB", "GB/s"],
  barrier: ["barrier, 2 ranks", "us"],
  allReduce: ["all-reduce, 8 B, 2 ranks", "us"],
  broadcast64K: ["broadcast, 64 KiB, 2 ranks", "us"],
  records8: ["records of 8 B, aggregated", "million/s"],
};

export async function run({ quick, progress }: Context): Promise<Row[]> {
  const rounds = String(quick ? 500 : 10_000);
  const repeats = quick ? 1 : 5;
  const peer = compile({
    name: "places-peer",
    source: new URL("../places/peer.c", import.meta.url),
    compiler: "mpicc",
    needs: "mpi.h",
    package: "libopenmpi-dev",
    flags: [],
  });
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
    else candidates.set(C, () => ranks([peer.path, rounds]));
    candidates.set(BINDING, () => ranks([process.execPath, program("binding.ts"), rounds]));
    candidates.set("mpi", () => ranks([process.execPath, program("mpi.ts"), rounds]));
  }
  candidates.set("loopback", async () => parse(await output(process.execPath, [program("loopback.ts"), rounds])));

  const samples = new Map<string, Figures[]>();
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [candidate, measure] of candidates) {
      progress(`${candidate}, ${repeat + 1} of ${repeats}`);
      samples.set(candidate, [...(samples.get(candidate) ?? []), await measure()]);
    }
  }
  return [...left, ...rowsOf(samples)];
}

/** Every transport beside every peer that has the same figure; what only peers have, the binding beside C. */
function rowsOf(samples: ReadonlyMap<string, readonly Figures[]>): Row[] {
  const value = (candidate: string, figure: (typeof FIGURES)[number]) => {
    const found = (samples.get(candidate) ?? []).map((it) => it[figure]).filter((it) => it !== undefined);
    return found.length === 0 ? undefined : median(found);
  };
  return FIGURES.flatMap((figure) => {
    const [metric, unit] = METRICS[figure];
    const isTransports = value("loopback", figure) !== undefined;
    const subjects = isTransports ? ["mpi", "loopback"] : [BINDING];
    return subjects.flatMap((subject): Row[] => {
      const mine = value(subject, figure);
      if (mine === undefined) return [];
      const own = { metric: `${metric}, ${subject}`, value: mine, unit };
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
}

function goal(figure: (typeof FIGURES)[number], subject: string, peer: string, ratio: number): Pick<Row, "goal" | "ok"> {
  if (subject !== "mpi" || peer !== C || !figure.startsWith("bandwidth")) return {};
  return { goal: ">= 0.9 x", ok: ratio >= 0.9 };
}

/** Two ranks on this machine. */
async function ranks(command: readonly string[]): Promise<Figures> {
  return parse(await output("mpirun", ["--oversubscribe", "--bind-to", "none", "-n", "2", ...command]));
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };
  const { stdout } = await start(command, args, { env, timeout: LIMIT, killSignal: "SIGKILL" });
  return stdout;
}
