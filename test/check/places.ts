import { glob } from "node:fs/promises";
import { basename } from "node:path";
import { type MainArguments, world } from "../../src/index.ts";

/** Runs all programs of that folder at all places, one after the other: where a race is says whose it is. */
export async function main(args: MainArguments): Promise<void> {
  const only = [...args];
  for (const file of (await Array.fromAsync(glob("places/*.ts", { cwd: import.meta.dirname }))).sort()) {
    if (only.length > 0 && !only.includes(basename(file, ".ts"))) continue;
    const program = await import(`./${file}`);
    if ((await program.main(args)) === 1) throw new Error(`${file} has a wrong result`);
    await world.barrier();
  }
}
