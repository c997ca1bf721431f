import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** What a file holds, in a few characters, for `Hello` and for modules that are imported later. Throws what reading throws. */
export function fingerprint(file: string | URL): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 16);
}
