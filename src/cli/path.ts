import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Whether one of these programs can be started by its name. */
export function onPath(...names: string[]): boolean {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.some((folder) => names.some((name) => existsSync(join(folder, name))));
}
