import { getCompileCacheDir } from "node:module";
import { task } from "heddle";

const here = task(import.meta, function here(): string {
  return getCompileCacheDir() ?? "nowhere";
});

/** Where Node keeps what it makes of modules: for the main thread, and for a worker. */
export async function main(): Promise<void> {
  console.log(JSON.stringify([getCompileCacheDir() ?? "nowhere", await here.spawn()]));
}
