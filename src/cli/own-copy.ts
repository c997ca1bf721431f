import { realpathSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { refuse } from "./one-place.ts";

/** The program would import another copy of heddle than the one of this command, which then would watch and direct nothing. */
export function refuseOtherCopy(program: string): void {
  const own = packageOf("heddle", import.meta.url);
  const its = packageOf("heddle", pathToFileURL(program).href);
  if (own === undefined || its === undefined || own === its) return;
  refuse(
    `This command belongs to the heddle in ${own}, but ${program} uses the one in ${its}. ` +
      `Start it with that: npx heddle in the program's folder, or node ${join(its, "bin", "heddle.js")}.`,
  );
}

/** The folder of a package, as a module at `base` would find it. */
function packageOf(name: string, base: string): string | undefined {
  try {
    const file = findPackageJSON(name, base);
    return file === undefined ? undefined : dirname(realpathSync(file.startsWith("file:") ? fileURLToPath(file) : file));
  } catch {
    return undefined; // there is none
  }
}
