/** The programs that a report depends on: their versions, or the Debian packages that bring them. */
import { spawnSync } from "node:child_process";
import { release } from "node:os";

export interface Tool {
  readonly name: string;
  readonly version?: string;
  /** What to install, where it is missing. */
  readonly missing?: string;
}

export function versions(): Tool[] {
  return [
    { name: "Operating system", version: `${process.platform} ${release()}` },
    { name: "Node", version: `${process.version}, V8 ${process.versions.v8}` },
    tool("g++, with OpenMP", "g++", firstWord("g++", "-dumpfullversion")),
    tool("oneTBB", "libtbb-dev", macros("tbb/version.h", "TBB_VERSION_MAJOR", "TBB_VERSION_MINOR")),
    tool("StarPU", "libstarpu-dev", firstWord("pkg-config", "--modversion", "starpu-1.3")),
    tool("Open MPI", "libopenmpi-dev and openmpi-bin", find(/Open MPI\) (\S+)/, "mpirun", "--version")),
    tool("OpenBLAS", "libopenblas-dev", firstWord("pkg-config", "--modversion", "openblas") ?? macros("cblas.h")),
  ];
}

const tool = (name: string, debian: string, version: string | undefined): Tool => ({
  name,
  ...(version === undefined ? { missing: `install Debian's package ${debian}` } : { version }),
});

function output(program: string, args: readonly string[], input?: string): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", ...(input !== undefined && { input }) });
  return status === 0 ? stdout : undefined;
}

const find = (pattern: RegExp, program: string, ...args: string[]): string | undefined =>
  output(program, args)?.match(pattern)?.[1];
const firstWord = (program: string, ...args: string[]): string | undefined => find(/^\s*(\S+)/, program, ...args);

/** The values of macros that a header defines, joined by dots; "found" where it is asked for none. */
function macros(header: string, ...names: string[]): string | undefined {
  const defined = output("g++", ["-E", "-dM", "-x", "c++", "-"], `#include <${header}>\n`);
  if (defined === undefined) return undefined;
  const values = names.map((name) => new RegExp(`#define ${name} (\\d+)`).exec(defined)?.[1]);
  return values.length === 0 ? "found" : values.join(".");
}
