import { existsSync } from "node:fs";
import { styleText } from "node:util";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { CommandError, EXIT } from "./exit-codes.ts";
import { EXIT_CODES, FIRST_STEPS, INTRODUCTION, RUN_DETAILS } from "./help.ts";
import { info } from "./info.ts";
import { type RunOptions, run } from "./run.ts";
import { paint } from "./text.ts";
import { version } from "./version.ts";

/** The command line. Sets `process.exitCode`; the process ends when nothing runs. */
export async function main(args: string[]): Promise<void> {
  const cli = commands();
  try {
    if (args.length === 0) cli.outputHelp();
    else await cli.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommandError) console.error(`${paint("red", "error:", process.stderr)} ${error.message}`);
    else if (!(error instanceof CommanderError)) throw error;
    else if (error.exitCode === 0) return;
    else if (error.code === "commander.unknownCommand" && existsSync(args[0])) console.error(`To run it: heddle run ${args[0]}`);
    else if (error.code === "commander.unknownOption" && args[0] === "run")
      console.error("What is meant for the program goes after --: heddle run prog.ts -- -n 3");
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
    .option("-s, --stats", "at the end, print what every worker did")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", RUN_DETAILS + EXIT_CODES.replace(/^/, "\n"))
    .action((program: string, args: string[], options: RunOptions) => run(program, args, options));

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
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("It is a whole number: 0 for serial mode, or how many threads.");
  return Number(text);
}

function places(text: string): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1) throw new InvalidArgumentError("It is a whole number, 1 or more.");
  return Number(text);
}
