import { readFileSync } from "node:fs";
import os from "node:os";
import { createMemory, MAX_MEMORY_BYTES } from "../shared/memory.ts";
import { inspectMpi, type MpiSupport } from "./mpi.ts";

/** What heddle finds on this machine. Sizes in bytes. */
export interface Machine {
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly cores: { readonly model: string; readonly present: number; readonly usable: number };
  readonly workers: { readonly default: number; readonly from: "HEDDLE_WORKERS" | "usable cores" };
  readonly memory: { readonly total: number; readonly available: number };
  /** The limits of the container or service that the process runs in, where there are any. */
  readonly limits: { readonly cores?: number; readonly memory?: number };
  readonly features: Features;
  readonly mpi: MpiSupport;
}

export interface Features {
  readonly sharedArrayBuffer: boolean;
  /** The largest shared WebAssembly memory that could be reserved, up to 4 GiB. */
  readonly reservableMemory: number;
  readonly atomicsWaitAsync: boolean;
  readonly atomicsPause: boolean;
  readonly wasmSimd: boolean;
  readonly float16Array: boolean;
  readonly typeStripping: boolean;
  readonly importMetaMain: boolean;
}

export function inspectMachine(): Machine {
  const cpus = os.cpus();
  const usable = os.availableParallelism();
  const wanted = process.env.HEDDLE_WORKERS;
  const set = wanted !== undefined && /^\d+$/.test(wanted);
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    platform: `${os.type()} ${os.release()} ${process.arch}`,
    cores: { model: cpus[0]?.model.trim() ?? "unknown", present: cpus.length, usable },
    workers: set ? { default: Number(wanted), from: "HEDDLE_WORKERS" } : { default: usable, from: "usable cores" },
    memory: { total: os.totalmem(), available: process.availableMemory() },
    limits: controlGroupLimits(),
    features: inspectFeatures(),
    mpi: inspectMpi(),
  };
}

function inspectFeatures(): Features {
  return {
    sharedArrayBuffer: typeof SharedArrayBuffer === "function",
    reservableMemory: reservableMemory(),
    atomicsWaitAsync: typeof Atomics.waitAsync === "function",
    atomicsPause: typeof Atomics.pause === "function",
    wasmSimd: WebAssembly.validate(SIMD_MODULE),
    float16Array: "Float16Array" in globalThis,
    typeStripping: Boolean((process.features as { typescript?: unknown }).typescript),
    importMetaMain: "main" in import.meta,
  };
}

// One function: (result v128) i32.const 0, i8x16.splat, end.
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

function reservableMemory(): number {
  for (let size = MAX_MEMORY_BYTES; size >= 2 ** 20; size /= 2) {
    try {
      return createMemory(size).buffer.byteLength;
    } catch {
      // Try half of it.
    }
  }
  return 0;
}

// Version 2 of Linux's control groups, then version 1; inside a container both show the container's own limits.
function controlGroupLimits(): Machine["limits"] {
  const [quota, period] = (
    readText("/sys/fs/cgroup/cpu.max") ??
    `${readText("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")} ${readText("/sys/fs/cgroup/cpu/cpu.cfs_period_us")}`
  ).split(" ");
  const cores = Number(quota) / Number(period);
  const memory = Number(readText("/sys/fs/cgroup/memory.max") ?? readText("/sys/fs/cgroup/memory/memory.limit_in_bytes") ?? NaN);
  return {
    ...(cores > 0 ? { cores } : {}),
    // "No limit" is the word max, or a number near 2 to the 63rd.
    ...(memory > 0 && memory < 2 ** 60 ? { memory } : {}),
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
