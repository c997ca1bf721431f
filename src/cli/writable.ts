import { closeSync, existsSync, openSync, unlinkSync } from "node:fs";
import { CommandError } from "./exit-codes.ts";

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
