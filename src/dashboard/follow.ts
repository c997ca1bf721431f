/** What a thread that starts runtimes tells the dashboard, which cannot see it in shared memory. */
import { subscribe } from "node:diagnostics_channel";
import { setTraceSession, traceSession } from "../sched/tracing.ts";
import type { Memory } from "../shared/memory.ts";
import { TraceBuffer } from "../trace/buffer.ts";
import type { News } from "./steer.ts";

interface RuntimeSeen {
  readonly name: string;
  readonly workers: number;
  readonly runtime: { readonly here: { readonly mem: { readonly memory: Memory } } };
}

/**
 * From now on tells of each runtime that this thread starts, with its part of the trace, and of workers that die. `place`: which of several places
 * the thread is the main thread of; its first runtime is called that.
 */
export function followRuntimes(tell: (news: News) => void, place: number | null): void {
  let traced: SharedArrayBuffer | null = null;
  const session = traceSession();
  if (session !== null) {
    setTraceSession({
      open(slots, communication) {
        traced = session.open(slots, communication);
        return traced;
      },
    });
  }
  const here = place === null ? "" : `place ${place}`;
  const names = new Map<string, string>();
  const nameOf = (name: string): string => {
    if (place === null) return name;
    if (!names.has(name)) names.set(name, names.size === 0 ? here : `${here}, ${name}`);
    return names.get(name)!;
  };
  subscribe("heddle:runtime:start", (message) => {
    const { name, workers, runtime } = message as RuntimeSeen;
    const trace = traced && { memory: traced, base: new TraceBuffer(traced).settings.base };
    traced = null;
    const { memory } = runtime.here.mem;
    tell({ kind: "runtime", runtime: { name: nameOf(name), place: place ?? 0, workers, memory, trace } });
  });
  subscribe("heddle:runtime:stop", (message) => tell({ kind: "stop", name: nameOf((message as { name: string }).name) }));
  subscribe("heddle:worker:lost", (message) => {
    const { worker, error } = message as { worker: number; error: unknown };
    const text = `The thread has died: ${error instanceof Error ? error.stack : String(error)}`;
    tell({ kind: "failure", what: `worker ${worker}`, text, place });
  });
}
