import { glob } from "node:fs/promises";
import { basename } from "node:path";

/** Runs all programs of this folder one after the other: where a race is says whose it is. */
export async function main(only: string[]): Promise<void> {
  for (const file of (await Array.fromAsync(glob("programs/*.ts", { cwd: import.meta.dirname }))).sort()) {
    if (only.length > 0 && !only.includes(basename(file, ".ts"))) continue;
    const program = await import(`./${file}`);
    if ((await program.main()) === 1) throw new Error(`${file} has a wrong result`);
  }
}
