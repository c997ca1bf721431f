import { closeSync, existsSync, openSync, realpathSync, unlinkSync } from "node:fs";
import { resolve } from "node:path";
import { CommandError } from "./exit-codes.ts";
import { isProgram } from "./program-file.ts";

/** Refuses to write over a program, or over one of the files that are read. `what` is what is to be written, as "a trace". */
export function refuseOverwriting(option: string, file: string, what: string, inputs: readonly string[] = []): void {
  const instead = `name another file, as ${option} out.${what.endsWith("page") ? "html" : what.endsWith("record") ? "rec" : "json"}.`;
  if (isProgram(file)) throw new CommandError(`${option} writes ${what}, and ${file} is the name of a program: ${instead}`);
  if (inputs.some((it) => isSame(it, file)))
    throw new CommandError(`${option} would write over ${file}, which is read: ${instead}`);
}

/** What is written when the program ends: that it cannot be is told before it begins. */
export function checkWritable(file: string, what: string): void {
  const isNew = !existsSync(file);
  try {
    closeSync(openSync(file, "a"));
  } catch (error) {
    throw new CommandError(`The ${what} cannot be written to ${file}: ${(error as Error).message}`);
  }
  if (isNew) unlinkSync(file);
}

function isSame(one: string, other: string): boolean {
  return real(one) === real(other);
}

function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file);
  }
}
