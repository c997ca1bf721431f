/** Traces this process into a file; imported before the modules that define tasks. */
import "../../src/index.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTracing } from "../../src/sched/trace-start.ts";
import { setTraceSession } from "../../src/sched/tracing.ts";
import { FileTrace } from "../../src/trace/session.ts";

export function traceThisProcess(program: string, foldNs?: number): { file: string; finish(): void; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "heddle-trace-"));
  const file = join(folder, "trace.json");
  const trace = new FileTrace(file, { program, ...(foldNs !== undefined && { foldNs }) });
  const recorder = startTracing(trace.main, 0);
  setTraceSession(trace);
  return {
    file,
    finish() {
      recorder.finish();
      trace.finish();
      setTraceSession(null);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
