import { writeFileSync } from "node:fs";
import { CommandError, EXIT } from "./exit-codes.ts";
import { refuseSeveral } from "./one-place.ts";
import { locateProgram } from "./program-file.ts";
import { run } from "./run.ts";
import { paint } from "./text.ts";

export interface CheckCommandOptions {
  /** A file; "-" for stdout. */
  readonly json?: string;
  readonly atomicsOrder?: boolean;
}

/** Runs the program in serial mode with its heap arrays watched, and reports races at the end. */
export async function check(program: string, args: string[], options: CheckCommandOptions): Promise<void> {
  locateProgram(program);
  refuseSeveral(
    "heddle check runs a program once, serially, as the only place: start it without the launcher. " +
      "Tasks for place 0 and for anywhere run then; for what places say to each other, see heddle run --trace and --watch-stuck.",
  );
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
    else if (options.json !== undefined) write(options.json, json);
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
    await run(program, args, { workers: 0 });
  } catch (error) {
    refused = error instanceof CommandError; // nothing has run
    throw error;
  }
}

function write(file: string, json: string): void {
  try {
    writeFileSync(file, json);
  } catch (cause) {
    throw new CommandError(`The report cannot be written to ${file}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
