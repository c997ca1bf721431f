/** The race detector: `install` before anything of heddle or of the program is loaded that defines tasks. */

import { mapPositions } from "../sched/spawn-site.ts";
import { setWatch } from "../sched/watch.ts";
import { kindName, kindOf } from "../shared/array-kinds.ts";
import { allowGlobal } from "../task/lambda/globals.ts";
import { Accesses, GLOBAL } from "./access.ts";
import { watchFutures } from "./futures.ts";
import { type Unwatched, watchModules } from "./loader.ts";
import { Memory } from "./memory.ts";
import { Methods } from "./methods.ts";
import { Order, type Others } from "./order.ts";
import { watchLoops } from "./pattern-loops.ts";
import { Positions } from "./positions.ts";
import { Races } from "./races.ts";
import { type CheckResult, position } from "./report.ts";
import { Shadow } from "./shadow.ts";
import { Sites } from "./sites.ts";

export interface CheckOptions {
  /** An atomic operation on an element comes after those before it, as in the memory model: release and acquire. */
  readonly atomicsOrder?: boolean;
  /** Called now and then with how far it is. */
  readonly onProgress?: (result: CheckResult) => void;
}

const PROGRESS_MS = 5000;

/** Watches this thread from now on; returns what gives the result so far. */
export function install(options: CheckOptions = {}): () => CheckResult {
  const began = performance.now();
  let told = began;
  const positions = new Positions();
  const sites = new Sites(positions);
  const memory = new Memory();
  const notWatched: Unwatched[] = [];
  const kernels = new Set<string>();
  const others: Others = {
    heap: (mem, heap) => memory.watch(mem, heap),
    lies(mem, address, at, part) {
      const block = memory.blockAt(mem, address);
      if (block === null) return;
      block.place = at;
      block.part = part;
    },
    site: () => accesses.takeSite(),
    touches: (how, elements, site) => accesses.touches(how, elements, site),
    kernel(name, args) {
      for (const arg of args) {
        if (!ArrayBuffer.isView(arg)) continue;
        const block = memory.find(arg)?.block;
        const made = block === undefined ? "" : `, made at ${position(sites.get(block.site))}`;
        const what = `the WebAssembly kernel ${name} on a ${kindName(kindOf(arg))} of ${arg.byteLength.toLocaleString("en-US")} bytes${made}`;
        if (!kernels.has(what)) notWatched.push({ file: "", line: 0, what });
        kernels.add(what);
      }
    },
  };
  const order = new Order(others, options.atomicsOrder === true);
  const races = new Races(order, sites);
  const shadow = new Shadow(order, (block, offset, _bytes, before, now) => races.add(block, offset, before, now));
  const progress = (): void => {
    const now = performance.now();
    if (options.onProgress === undefined || now - told < PROGRESS_MS) return;
    told = now;
    options.onProgress(result());
  };
  const accesses: Accesses = new Accesses({
    memory,
    shadow,
    order,
    sites,
    progress,
    atomicsOrder: options.atomicsOrder === true,
  });
  const result = (): CheckResult => ({
    races: races.list,
    moreRaces: races.more,
    notWatched,
    tasks: order.tasks,
    iterations: order.iterations,
    accesses: accesses.count,
    seconds: (performance.now() - began) / 1000,
  });
  Object.defineProperty(globalThis, GLOBAL, { value: accesses });
  allowGlobal(GLOBAL);
  setWatch(order);
  watchFutures(order);
  mapPositions((file, line, column) => positions.columnOf(file, line, column));
  watchModules(sites, notWatched, positions);
  watchLoops(accesses, sites);
  new Methods(accesses, memory, shadow).install();
  return result;
}
