import { UsageError, WasmError } from "../errors.ts";
import { getPlatform } from "../platform/platform.ts";
import { Body } from "../sched/definition.ts";
import { define, hashOf } from "../sched/registry.ts";
import { watch } from "../sched/watch.ts";
import { kindName, kindOf } from "../shared/array-kinds.ts";
import { STATIC_DATA_BYTES } from "../shared/layout.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { here } from "./runtime.ts";
import { makeTask, type Task } from "./task.ts";
import { checkWasm, type Range, readWasm, type WasmFacts } from "./wasm-module.ts";

/**
 * An export of a WebAssembly module as a task on the runtime's own memory. Every thread instantiates the module when it first
 * runs the task. Arrays on the heap are passed as their byte addresses, numbers and bigints as they are; the result is the
 * export's. Like every task it can be called, spawned, and joined; it blocks its worker until it returns.
 *
 * ```ts
 * const scale = wasmTask<[values: Float64Array, length: number, factor: number], void>(import.meta, new URL("./kernel.wasm", import.meta.url), "scale");
 * ```
 *
 * `url` is absolute or relative to the module. The wasm module must import a shared memory, must have no start function, and static
 * data only in the first 64 KiB. It must not allocate: the memory belongs to the heap.
 *
 * The call, and the spawned task, throw WasmError `HEDDLE_WASM` when the module cannot be read, or cannot work on the heap; UsageError
 * `HEDDLE_USAGE` for an argument that is neither a number nor an array on the heap.
 */
export function wasmTask<A extends unknown[], R = void>(
  meta: { readonly url: string },
  url: string | URL,
  exportName: string,
): Task<(...args: A) => R> {
  if (typeof meta?.url !== "string" || typeof exportName !== "string") {
    throw new UsageError('wasmTask: wasmTask(import.meta, new URL("./kernel.wasm", import.meta.url), "exportName")');
  }
  const { href } = new URL(url, meta.url);
  const exports = new WeakMap<SharedMemory, (...args: unknown[]) => unknown>(); // to look into an instance takes longer than a small kernel
  const fn = (...args: A): R => {
    const { mem } = here();
    let run = exports.get(mem);
    if (run === undefined) exports.set(mem, (run = exportOf(mem, href, exportName)));
    watch?.kernel(exportName, args);
    for (let i = 0; i < args.length; i++) args[i] = asNumber(mem, args[i], i, exportName);
    return run(...args) as R;
  };
  const def = define(fn, {
    fn,
    body: Body.PLAIN,
    arity: -1,
    name: exportName,
    url: meta.url,
    hash: hashOf(`${href}\n${exportName}`),
  });
  return makeTask(fn, def);
}

interface Loaded {
  readonly module: WebAssembly.Module;
  readonly facts: WasmFacts;
}

const modules = new Map<string, Loaded>();
const instances = new WeakMap<SharedMemory, Map<string, WebAssembly.Instance>>();

function exportOf(mem: SharedMemory, href: string, name: string): (...args: unknown[]) => unknown {
  let known = instances.get(mem);
  if (known === undefined) instances.set(mem, (known = new Map()));
  let instance = known.get(href);
  if (instance === undefined) {
    instance = instantiate(mem, href, [...known.keys()]);
    known.set(href, instance);
  }
  const found = instance.exports[name];
  if (typeof found === "function") return found as (...args: unknown[]) => unknown;
  const functions = Object.keys(instance.exports).filter((it) => typeof instance.exports[it] === "function");
  throw new WasmError(`${href} exports no function ${name}; it exports ${functions.join(", ") || "none"}`);
}

function instantiate(mem: SharedMemory, href: string, others: readonly string[]): WebAssembly.Instance {
  const { module, facts } = loaded(href);
  checkWasm(facts, href, mem.buffer.byteLength, STATIC_DATA_BYTES);
  for (const other of others) {
    if (!overlap(facts.data, modules.get(other)!.facts.data)) continue;
    throw new WasmError(
      `${href} and ${other} have static data at the same addresses of the shared memory. Give each its own part of the first ` +
        "64 KiB; AssemblyScript: --memoryBase",
    );
  }
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const group = (imports[from] ??= {}) as Record<string, WebAssembly.ImportValue>;
    if (kind === "memory") group[name] = mem.memory;
    else if (kind === "function" && name === "abort") group[name] = abort;
    else throw new WasmError(`${href} imports the ${kind} ${from}.${name}; a kernel may import its memory and env.abort only`);
  }
  return new WebAssembly.Instance(module, imports);
}

/** What AssemblyScript's assertions and bounds checks call. */
function abort(_message: number, _file: number, line: number, column: number): never {
  throw new WasmError(`The WebAssembly kernel called abort at ${line}:${column} of its source`);
}

const overlap = (a: readonly (Range | null)[], b: readonly (Range | null)[]): boolean =>
  a.some((one) => b.some((other) => one !== null && other !== null && one.from < other.to && other.from < one.to));

function loaded(href: string): Loaded {
  let it = modules.get(href);
  if (it === undefined) modules.set(href, (it = load(href)));
  return it;
}

function load(href: string): Loaded {
  let bytes: Uint8Array;
  try {
    bytes = getPlatform().readFile(href);
  } catch (cause) {
    throw new WasmError(`${href} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  try {
    return { module: new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), facts: readWasm(bytes) };
  } catch (cause) {
    throw new WasmError(`${href} is not a WebAssembly module: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

function asNumber(mem: SharedMemory, arg: unknown, i: number, name: string): number | bigint | boolean {
  if (typeof arg === "number" || typeof arg === "bigint" || typeof arg === "boolean") return arg;
  const kind = kindOf(arg);
  if (kind >= 0) {
    const { buffer, byteOffset } = arg as ArrayBufferView;
    if (buffer === mem.buffer) return byteOffset;
    throw new UsageError(
      `${name}: argument ${i} is an ordinary ${kindName(kind)}; a kernel sees arrays on the heap only: shared.from(array)`,
    );
  }
  throw new UsageError(`${name}: argument ${i} must be a number, a bigint or an array on the heap`);
}
