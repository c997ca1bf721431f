import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs a program of this folder in a process of its own; it prints one line of JSON. */
export function runChild<R>(name: string, ...args: (string | number)[]): R {
  const path = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  return JSON.parse(execFileSync(process.execPath, [path, ...args.map(String)], { encoding: "utf8" })) as R;
}
