import { type Context, interleave, type Measure, type Row } from "../benchmark.ts";
import { compile, leftOut, type Peer, runPeer } from "./peer.ts";

/** A program in C++, which prints its milliseconds as `ms`, and what is needed to check its result. */
export interface Program {
  readonly program: Peer;
  readonly args: readonly (number | string)[];
  readonly isRight?: (printed: Record<string, number>) => boolean;
}

export interface Comparison {
  readonly metric: string;
  /** Milliseconds of a run on the workers, which checks its own result. */
  readonly heddle: Measure;
  /** Runs of this process, which check their own results, or programs. */
  readonly peers: Readonly<Record<string, Measure | Program>>;
  /** At most so many times the time of the peer that is named. */
  readonly goals?: Readonly<Record<string, number>>;
  readonly rounds?: number;
  /** What a run does, to be given as a rate: so many of this unit. */
  readonly work?: { readonly amount: number; readonly unit: string };
}

const prefixes = ["", "thousand", "million", "billion"];

function rate(amount: number, ms: number): string {
  const perSecond = (amount * 1000) / ms;
  const thousands = Math.max(0, Math.min(3, Math.floor(Math.log10(perSecond) / 3)));
  return `${(perSecond / 1000 ** thousands).toPrecision(3)} ${prefixes[thousands]}`.trimEnd();
}

async function runProgram(path: string, { program, args, isRight }: Program): Promise<number> {
  const printed = await runPeer<Record<string, number>>(path, ...args);
  if (isRight?.(printed) === false)
    throw new Error(`${program.name} ${args.join(" ")}: a wrong result, ${JSON.stringify(printed)}`);
  return printed.ms!;
}

/** Runs everything in turn, and gives a row of medians for each peer. */
export async function compare(
  { metric, heddle, peers, goals = {}, rounds = 5, work }: Comparison,
  { quick, progress }: Context,
): Promise<Row[]> {
  const rows: Row[] = [];
  const candidates: Record<string, Measure> = { heddle };
  for (const [name, peer] of Object.entries(peers)) {
    if (typeof peer === "function") {
      candidates[name] = peer;
      continue;
    }
    progress(`compiling ${peer.program.name}`);
    const program = compile(peer.program);
    if ("missing" in program) rows.push(leftOut(metric, name, program.missing));
    else candidates[name] = () => runProgram(program.path, peer);
  }
  progress(metric);
  const { heddle: value = Number.NaN, ...others } = await interleave(quick ? 1 : rounds, candidates);
  for (const [peer, peerValue] of Object.entries(others)) {
    const ratio = value / peerValue;
    const most = goals[peer];
    rows.push({
      metric,
      value,
      unit: "ms",
      peer,
      peerValue,
      ratio,
      ...(most !== undefined && { goal: `<= ${most} x`, ok: ratio <= most }),
      ...(work && { note: `${rate(work.amount, value)} against ${rate(work.amount, peerValue)} ${work.unit} a second` }),
    });
  }
  return rows;
}
