import { writeFileSync } from "node:fs";
import { CommandError, EXIT } from "./exit-codes.ts";
import { refuseSeveral } from "./one-place.ts";
import { checkWritable, refuseOverwriting } from "./output-file.ts";
import { locateProgram } from "./program-file.ts";
import { run } from "./run.ts";
import { paint } from "./text.ts";

export interface CheckCommandOptions {
  /** A file; "-" for stdout. */
  readonly json?: string;
  readonly atomicsOrder?: boolean;
  readonly places?: number;
  /** `main` runs at place 0 alone. */
  readonly rootOnly?: boolean;
}

/** Runs the program in serial mode with its heap arrays watched, and reports races at the end. */
export async function check(program: string, args: string[], options: CheckCommandOptions): Promise<void> {
  locateProgram(program);
  refuseSeveral(
    "heddle check runs a program once, with all its places in one thread: start it without the launcher, and say how many places: heddle check --places 4.",
  );
  if (options.json !== undefined && options.json !== "-") {
    refuseOverwriting("--json", options.json, "a report");
    checkWritable(options.json, "report");
  }
  // Before anything of heddle is loaded that defines tasks.
  const { install } = await import("../check/check.ts");
  const { summary, text } = await import("../check/report.ts");
  const result = install({
    atomicsOrder: options.atomicsOrder === true,
    onProgress: (soFar) => console.error(`... ${summary(soFar)}`),
  });
  let refused = false;
  process.once("exit", (code) => {
    if (refused) return;
    const final = result();
    if (final.races.length > 0 && code === EXIT.ok) process.exitCode = EXIT.races;
    const json = `${JSON.stringify({ version: 1, ...final }, null, 2)}\n`;
    if (options.json === "-") process.stdout.write(json);
    else if (options.json !== undefined && !wrote(options.json, json)) process.exitCode = EXIT.usage;
    if (options.json === undefined) {
      const racy = final.races.length > 0;
      const until = code === EXIT.ok ? "" : ", up to where the program ended";
      const heading = paint(
        racy ? "red" : code === EXIT.ok ? "green" : "yellow",
        racy ? `heddle check found races${until}` : `heddle check${until}`,
        process.stderr,
      );
      console.error(`\n${heading}\n\n${text(final)}`);
    }
  });
  try {
    const { places = 1, rootOnly = false } = options;
    await run(program, args, { workers: 0, places, rootOnly });
  } catch (error) {
    refused = error instanceof CommandError; // nothing has run
    throw error;
  }
}

/** Options of heddle run that would say of a check what it never is. */
export const OF_RUN_ALONE = [
  "-w, --workers <n>",
  "-s, --stats",
  "--trace <file>",
  "--trace-detail <time>",
  "--dashboard",
  "--dashboard-keep",
  "--dashboard-no-open",
  "--dashboard-no-trace",
  "--watch-stuck <time>",
  "--record <file>",
  "--replay <file>",
  "--steal <settings>",
];

export function refuseOption(name: string): never {
  throw new CommandError(`heddle check runs a program once, always on one thread: --${name} belongs to heddle run.`);
}

function wrote(file: string, text: string): boolean {
  try {
    writeFileSync(file, text);
    return true;
  } catch (cause) {
    console.error(`error: The report cannot be written to ${file}: ${cause instanceof Error ? cause.message : String(cause)}`);
    return false;
  }
}
