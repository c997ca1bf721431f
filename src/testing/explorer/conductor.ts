import type { MessagePort } from "node:worker_threads";
import { InvariantError } from "../../errors.ts";
import type { SharedMemory } from "../../shared/memory.ts";
import { passBaton, takeBaton } from "./baton.ts";
import { type Control, Word } from "./control.ts";
import { beginExecution, chooseNext } from "./dispatch.ts";
import { failureFrom, type Message } from "./messages.ts";
import type { Scenario } from "./scenario.ts";
import { strategyOf } from "./strategies/strategy.ts";
import { readValue, SETUP_VALUE, writeValue } from "./values.ts";

/**
 * Runs execution after execution, once the main thread passes the baton: prepares the memory, lets the threads run until all have ended, checks what
 * they left. Whoever finds a failure tells the main thread and keeps the baton.
 */
export function conduct(control: Control, memory: SharedMemory, scenario: Scenario, port: MessagePort): void {
  const { words } = control;
  const threads = words[Word.THREADS]!;
  const strategy = strategyOf(control);
  const executions = words[Word.EXECUTIONS]!;
  let complete = false;
  takeBaton(control, threads);

  while (!complete && words[Word.EXECUTION]! < executions) {
    words[Word.EXECUTION]!++;
    memory.f64.fill(0);
    writeValue(control, SETUP_VALUE, scenario.setup?.(memory));
    beginExecution(control, strategy);
    const first = chooseNext(control, strategy);
    if (typeof first === "string") throw new InvariantError(`the first choice ended in ${first}`);
    passBaton(control, first);
    takeBaton(control, threads);
    words[Word.LONGEST] = Math.max(words[Word.LONGEST]!, words[Word.STEP]!);
    try {
      const results = scenario.threads.map((_, thread) => readValue(control, thread));
      scenario.check?.(memory, results, readValue(control, SETUP_VALUE));
    } catch (error) {
      port.postMessage({ type: "stopped", failure: failureFrom("check", "the check failed", error) } satisfies Message);
      return;
    }
    complete = !strategy.end();
  }
  port.postMessage({ type: "finished", complete } satisfies Message);
}
