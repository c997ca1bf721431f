import { existsSync, writeFileSync } from "node:fs";
import { TraceFileError } from "../errors.ts";
import { readPlaces } from "../trace/merge.ts";
import { readTrace, type TraceFile } from "../trace/read.ts";
import { analyse, reportOf } from "../trace/report/report.ts";
import { reportText, type Style } from "../trace/report/text.ts";
import { CommandError } from "./exit-codes.ts";
import { refuseOverwriting } from "./output-file.ts";
import { table } from "./table.ts";
import { paint } from "./text.ts";
import { partsFound } from "./trace-parts.ts";

export interface ReportOptions {
  readonly json?: boolean;
  /** The file for the page. */
  readonly html?: string;
}

export const STYLE: Style = {
  heading: (text) => paint("bold", text),
  faint: (text) => paint("dim", text),
  table,
};

/** The files of single places are read as one trace, also where the file that they would be merged into is named. Files that are none are told in one message. */
export function openTrace(files: readonly string[]): TraceFile {
  try {
    const [file] = files;
    if (files.length > 1) return readPlaces(files);
    const parts = existsSync(file!) ? [] : partsFound(file!);
    return parts.length > 0 ? readPlaces(parts) : readTrace(file!);
  } catch (error) {
    if (error instanceof TraceFileError) throw new CommandError(error.message);
    throw error;
  }
}

export async function report(files: readonly string[], options: ReportOptions): Promise<void> {
  if (options.html !== undefined) refuseOverwriting("--html", options.html, "a page", files);
  const analysis = analyse(openTrace(files));
  const it = reportOf(analysis, process.cwd());
  if (options.html !== undefined) {
    const { reportPage } = await import("../trace/report/page.ts");
    try {
      writeFileSync(options.html, reportPage(analysis, it));
    } catch (error) {
      throw new CommandError(`The page cannot be written to ${options.html}: ${(error as Error).message}`);
    }
    if (options.json !== true) console.log(`The report is in ${options.html}.`);
  }
  if (options.json === true) console.log(JSON.stringify(it, null, 2));
  else if (options.html === undefined) console.log(reportText(it, STYLE));
}
