/**
 * Loops are known by where they were called. Their tasks take that along, to other threads and places, as one more argument, which their
 * functions do not look at.
 */
import type { TaskDefinition } from "../definition.ts";
import { belongsToLoop } from "../loop-tasks.ts";
import { callerOf } from "../spawn-site.ts";
import type { CallSite } from "../tracing.ts";
import { isSite, siteOf } from "./call-site.ts";
import type { Kind } from "./kind.ts";
import type { Run } from "./run.ts";
import { Telling } from "./telling.ts";
import type { TracedFuture } from "./traced-future.ts";

/** To look at the stack costs 3 to 6 us. After so many calls of one task with the same body from one place, so many are believed to come from there. */
const SURE = 16;
const SKIPPED = 31;

/** Of a body: by whom and where loops over it were called last, how often in a row, and how often that is believed from now on. */
interface Found {
  by: Kind | null;
  site: CallSite | null;
  same: number;
  skip: number;
}

export abstract class Calls extends Telling {
  /** Of the call that is being made. */
  #site: CallSite | null = null;
  readonly #kinds = new Map<TaskDefinition, Map<CallSite, Kind>>();
  readonly #found = new WeakMap<object, Found>();
  /** The same string for the same place: to compare two is cheap then. */
  readonly #known = new Map<string, CallSite>();

  callSite(callee: Function, body: object): CallSite | null {
    let found = this.#found.get(body);
    if (found === undefined) this.#found.set(body, (found = { by: null, site: null, same: 0, skip: 0 }));
    const by = this.here().kind;
    if (found.skip > 0 && found.by === by) {
      found.skip--;
      return found.site;
    }
    const site = this.#look(callee);
    found.same = site === found.site && by === found.by ? found.same + 1 : 0;
    found.by = by;
    found.site = site;
    found.skip = found.same >= SURE ? SKIPPED : 0;
    return site;
  }

  #look(callee: Function): CallSite | null {
    const at = callerOf(callee);
    if (at === undefined) return null;
    let site = this.#known.get(at);
    if (site === undefined) this.#known.set(at, (site = siteOf(at)));
    return site;
  }

  calledAt<T>(site: CallSite | null, make: () => T): T {
    const before = this.#site;
    this.#site = site ?? before;
    try {
      return make();
    } finally {
      this.#site = before;
    }
  }

  inThisCall<A extends unknown[], T>(make: (...args: A) => T): (...args: A) => T {
    const site = this.#site;
    return site === null ? make : (...args) => this.calledAt(site, () => make(...args));
  }

  withSite(def: TaskDefinition, args: unknown[]): unknown[] {
    if (!belongsToLoop(def)) return args;
    const site = this.#site ?? this.running()?.site ?? null;
    if (site !== null) args.push(site);
    return args;
  }

  /** A task of a loop has begun; `last` is its last argument. */
  protected knowSite(run: Run, last: unknown): void {
    if (!isSite(last)) return;
    run.site = last;
    run.kind = this.#kindAt(run.kind!.def, last);
  }

  protected kindOfTask(future: TracedFuture): Kind {
    const last = future.more?.args?.at(-1);
    return isSite(last) ? this.#kindAt(future.def, last) : this.kindOf(future.def);
  }

  #kindAt(def: TaskDefinition, site: CallSite): Kind {
    let kinds = this.#kinds.get(def);
    if (kinds === undefined) this.#kinds.set(def, (kinds = new Map()));
    let kind = kinds.get(site);
    if (kind === undefined) kinds.set(site, (kind = this.newKind(def, site)));
    return kind;
  }
}
