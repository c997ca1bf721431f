import { existsSync } from "node:fs";
import { styleText } from "node:util";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { MAX_SLOTS } from "../shared/layout.ts";
import { type CheckCommandOptions, check, OF_RUN_ALONE, refuseOption } from "./check.ts";
import { CommandError, EXIT } from "./exit-codes.ts";
import { CHECK_DETAILS, EXIT_CODES, FIRST_STEPS, INTRODUCTION, REPORT_DETAILS, RUN_DETAILS, SIMULATE_DETAILS } from "./help.ts";
import { info } from "./info.ts";
import { type ReportOptions, report } from "./report.ts";
import { type RunOptions, run } from "./run.ts";
import { type SimulateOptions, simulate, workerList } from "./simulate.ts";
import { stealing } from "./steal.ts";
import { paint } from "./text.ts";
import { nanoseconds } from "./trace.ts";
import type { TracedRunsOptions } from "./traced-runs.ts";
import { version } from "./version.ts";

/** Commands that run a program, with arguments of its own. */
const TAKES_PROGRAM: ReadonlySet<string> = new Set(["run", "check", "simulate"]);

/** The command line. Sets `process.exitCode`; the process ends when nothing runs. */
export async function main(args: string[]): Promise<void> {
  const cli = commands();
  try {
    const [first, second] = args;
    if (first === "help" && second !== undefined && !cli.commands.some((it) => it.name() === second || second === "help"))
      throw new CommandError(`There is no command ${second}; there are ${cli.commands.map((it) => it.name()).join(", ")}.`);
    if (args.length === 0) cli.outputHelp();
    else await cli.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommandError) console.error(`${paint("red", "error:", process.stderr)} ${error.message}`);
    else if (!(error instanceof CommanderError)) throw error;
    else if (error.exitCode === 0) return;
    else if (error.code === "commander.unknownCommand" && existsSync(args[0])) console.error(`To run it: heddle run ${args[0]}`);
    else if (error.code === "commander.unknownOption" && TAKES_PROGRAM.has(args[0]!))
      console.error(`What is meant for the program goes after --: heddle ${args[0]} prog.ts -- -n 3`);
    process.exitCode = EXIT.usage;
  }
}

function commands(): Command {
  const cli = new Command("heddle")
    .description(INTRODUCTION)
    .version(version(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "explain a command")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, paint("red", "error:", process.stderr))) })
    .configureHelp({ styleTitle: (title) => styleText("bold", title, { validateStream: false }) })
    .addHelpText("after", FIRST_STEPS + EXIT_CODES.replace(/^/, "\n"));

  cli
    .command("run")
    .summary("run a program on all cores")
    .description("Runs a program on all cores.")
    .argument("<program>", "a TypeScript or JavaScript file")
    .argument("[args...]", "what main gets; after -- also what begins with a dash")
    .option("-w, --workers <n>", "worker threads; 0: serial mode (default: one for each core)", workers)
    .option("-p, --places <n>", "how many places the program runs on, in this process (default: 1)", places)
    .option("--root-only", "main runs on place 0 alone")
    .option("--steal <settings>", "how places steal: as tries=2,base=2,share=0.5,most=256", stealing)
    .option("-s, --stats", "at the end, print what every worker did")
    .option("--trace <file>", "write a trace: for heddle report, heddle simulate, and ui.perfetto.dev")
    .option("--trace-detail <time>", "draw subtrees of tasks that take less as one; 0: draw every task", detail)
    .addOption(new Option("--trace-quiet").hideHelp())
    .option("--dashboard", "show the program on a page as it runs, and open that in a browser")
    .option("--dashboard-keep", "the page stays when the program has ended, until Ctrl-C")
    .option("--dashboard-no-open", "open no browser")
    .option("--dashboard-no-trace", "figures only: costs nothing, shows no task names and no failures of tasks")
    .option("--watch-stuck <time>", "when nothing has moved for so long (5s, 500ms), say who waits for what", duration)
    .option("--record <file>", "write down the decisions of the scheduler, at all places")
    .option("--replay <file>", "make the scheduler decide as in the run that was recorded, on as many places")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", RUN_DETAILS + EXIT_CODES.replace(/^/, "\n"))
    .action((program: string, args: string[], options: RunOptions) => run(program, args, options));

  cli
    .command("report")
    .summary("what a trace tells: how parallel, where the time went, what helps")
    .description("Tells what a trace of heddle run --trace says about a program.")
    .argument("<traces...>", "the file that heddle run prog.ts --trace has written; several of places on other hosts")
    .option("--json", "as JSON: workMs, spanMs, ...")
    .option("--html <file>", "as one page for a browser, with a timeline")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", REPORT_DETAILS)
    .action((traces: string[], options: ReportOptions) => report(traces, options));

  cli
    .command("simulate")
    .summary("predict a program's time on other numbers of workers")
    .description(
      "Runs the graph of a program's tasks in a model of the scheduler, and predicts its time on any number of workers.",
    )
    .argument("<program>", "a TypeScript or JavaScript file, which is run with 1 worker and with one for each core; or a trace")
    .argument(
      "[args...]",
      "what main gets; after -- also what begins with a dash. After a trace: further ones of the same program",
    )
    .option("-w, --workers <list>", "as 1,2,4,...,64 (default: 1,2,4,...,64)", workerCounts)
    .option("--span <name>", "only what the program has called a span by this name")
    .option("--steal-cost <time>", "from looking for work to running it (default: by the traces, else 10us)", time)
    .addOption(new Option("--wake-cost <time>", "what is added where a worker slept").argParser(time).default(30_000, "30us"))
    .option("--slowdown <x>", "so much longer work takes while several workers are busy (default: by the traces)", slowdown)
    .option(
      "-p, --places <n>",
      "of a program: run it on so many places; of a trace of one place: spread the workers over so many",
      places,
    )
    .option("--latency <time>", "of a message between two places (default: as in the trace, else 2us)", time)
    .option("--keep <folder>", "the traces of the program stay in this folder: 1.json, ...")
    .option("--trace-detail <time>", "as of heddle run, for the traces of the program", detail)
    .option("--json", "as JSON")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", SIMULATE_DETAILS)
    .action((first: string, rest: string[], options: SimulateOptions & TracedRunsOptions) => simulate(first, rest, options));

  const checking = cli
    .command("check")
    .summary("run a program once, and report races")
    .description(
      "Runs a program once, on one thread, and reports accesses to the same element of a heap array that nothing orders.",
    )
    .argument("<program>", "a TypeScript or JavaScript file")
    .argument("[args...]", "what main gets; after -- also what begins with a dash")
    .option("-p, --places <n>", "as so many places, all in this thread", places)
    .option("--root-only", "main runs at place 0 alone")
    .option("--json <file>", "the report as JSON; - for stdout")
    .option("--atomics-order", "an atomic operation comes after the earlier atomic writes of the same element")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", CHECK_DETAILS + EXIT_CODES.replace(/^/, "\n"))
    .action((program: string, args: string[], options: CheckCommandOptions) => check(program, args, options));
  for (const flags of OF_RUN_ALONE) {
    const option = new Option(flags).hideHelp();
    checking.addOption(option).on(`option:${option.name()}`, () => refuseOption(option.name()));
  }

  cli
    .command("info")
    .summary("describe this machine, and say what is missing for what")
    .description("Describes this machine as heddle sees it, and says what is missing for what.")
    .option("--json", "as JSON")
    .helpOption("-h, --help", "print this help")
    .action((options: { json?: boolean }) => info(version(), options.json === true));

  return cli;
}

function workers(text: string): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) >= MAX_SLOTS)
    throw new InvalidArgumentError(`It is a whole number: 0 for serial mode, or how many threads, ${MAX_SLOTS - 1} at most.`);
  return Number(text);
}

function places(text: string): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1) throw new InvalidArgumentError("It is a whole number, 1 or more.");
  return Number(text);
}

function slowdown(text: string): number {
  const it = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || it < 1 || it > 100) throw new InvalidArgumentError("It is a number, as 1.05.");
  return it;
}

function detail(text: string): number {
  const ns = nanoseconds(text);
  if (ns === undefined) throw new InvalidArgumentError("It is a time, as 20us or 1ms; 0 for every task.");
  return ns;
}

function time(text: string): number {
  const ns = nanoseconds(text);
  if (ns === undefined) throw new InvalidArgumentError("It is a time, as 500ns, 10us or 1ms.");
  return ns;
}

function workerCounts(text: string): number[] {
  const list = workerList(text);
  if (list === undefined) throw new InvalidArgumentError("It is a list of whole numbers, as 1,2,4 or 1,2,4,...,64.");
  return list;
}

const UNITS = { ms: 1, s: 1000, m: 60_000 };
const LEAST_MS = 50;

/** Milliseconds. */
function duration(text: string): number {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? [];
  const ms = Number(number) * UNITS[unit as keyof typeof UNITS];
  if (!(ms >= LEAST_MS)) throw new InvalidArgumentError("It is a time from 50ms on: 500ms, 5s, 2m.");
  return ms;
}
