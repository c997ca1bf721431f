import { inspectMachine, type Machine } from "./machine.ts";
import { findMissing, type Missing } from "./missing.ts";
import { table } from "./table.ts";
import { bytes, counted, paint } from "./text.ts";

/** Prints what heddle finds on this machine, and what is missing for what. */
export function info(version: string, json: boolean): void {
  const machine = inspectMachine();
  const missing = findMissing(machine);
  console.log(json ? JSON.stringify({ heddle: version, ...machine, missing }, null, 2) : page(version, machine, missing));
}

function page(version: string, machine: Machine, missing: Missing[]): string {
  const { cores, workers, memory, limits, features, mpi } = machine;
  const yes = (present: boolean) => (present ? paint("green", "yes") : paint("yellow", "no"));
  const limit = [
    ...(limits.cores === undefined ? [] : [counted(limits.cores, "core")]),
    ...(limits.memory === undefined ? [] : [`${bytes(limits.memory)} of memory`]),
  ];
  const facts = table([
    ["heddle", version],
    ["Node", `${machine.node} (V8 ${machine.v8})`],
    ["System", machine.platform],
    ["Cores", `${cores.usable} usable of ${cores.present} (${cores.model})`],
    ["Memory", `${bytes(memory.available)} available of ${bytes(memory.total)}`],
    ["Container limits", limit.length === 0 ? "none seen" : limit.join(", ")],
    ["Default workers", `${workers.default} (${workers.from})`],
  ]);
  const abilities = table([
    ["SharedArrayBuffer", yes(features.sharedArrayBuffer)],
    ["Shared memory that can be reserved", bytes(features.reservableMemory)],
    ["Atomics.waitAsync", yes(features.atomicsWaitAsync)],
    ["Atomics.pause", yes(features.atomicsPause)],
    ["WebAssembly SIMD", yes(features.wasmSimd)],
    ["Float16Array", yes(features.float16Array)],
    ["Type stripping", yes(features.typeStripping)],
    ["import.meta.main", yes(features.importMetaMain)],
  ]);
  const places = table([
    ["MPI library", mpi.library === undefined ? paint("yellow", "none found") : `${mpi.library.version} (${mpi.library.file})`],
    ["koffi, to call it", mpi.koffi ?? paint("yellow", "not installed")],
    ["a launcher, as mpirun", yes(mpi.launcher)],
  ]);
  return `${facts}\n\n${abilities}\n\n${places}\n\n${whatIsMissing(missing)}`;
}

function whatIsMissing(missing: Missing[]): string {
  if (missing.length === 0) return "Nothing is missing.";
  const heading = ["missing", "needed for", "how to get it"].map((text) => paint("bold", text));
  return table([heading, ...missing.map((item) => [item.what, item.for, item.get])]);
}
