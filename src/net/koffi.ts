/** Calls of C, where the optional package koffi is installed. */
import { createRequire } from "node:module";

export type Koffi = typeof import("koffi");

/** The binding to C, or undefined where it is not installed. */
export function findKoffi(): { readonly koffi: Koffi; readonly version: string } | undefined {
  try {
    const koffi = createRequire(import.meta.url)("koffi") as Koffi & { default?: Koffi };
    return { koffi: koffi.default ?? koffi, version: koffi.version };
  } catch {
    return undefined;
  }
}

/** What gives the core of the calling thread to another one that wants it; undefined where there is no way to do so. */
export function findYield(): (() => void) | undefined {
  if (process.platform === "win32") return undefined;
  return findKoffi()?.koffi.load(null).func("int sched_yield()") as (() => void) | undefined;
}
