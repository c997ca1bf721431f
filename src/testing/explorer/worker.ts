import { parentPort, workerData } from "node:worker_threads";
import { attachMemory, type SharedMemory } from "../../shared/memory.ts";
import { conduct } from "./conductor.ts";
import { attachControl, type Control, Word } from "./control.ts";
import { restartDice, takeChanceAway } from "./determinism.ts";
import { mutateModules, replaceFacade } from "./hook.ts";
import type { Message, WorkerInput } from "./messages.ts";
import { loadScenario, type Scenario } from "./scenario.ts";
import { strategyOf } from "./strategies/strategy.ts";
import { readValue, SETUP_VALUE, writeValue } from "./values.ts";
import { VirtualThread } from "./virtual-thread.ts";
import { watchMemory } from "./watched-memory.ts";

const port = parentPort!;

async function enter(input: WorkerInput): Promise<void> {
  const control = attachControl(input.control);
  const memory = attachMemory(input.memory);
  takeChanceAway(control);
  replaceFacade(input.facade);
  mutateModules(input.mutations);
  const scenario = await loadScenario(input.scenario, input.name);
  port.postMessage({ type: "ready" } satisfies Message);
  if (input.index === control.words[Word.THREADS]) return conduct(control, memory, scenario, port);
  await runThread(control, control.words[Word.PLAIN] === 1 ? watchMemory(memory) : memory, scenario, input.index);
}

async function runThread(control: Control, memory: SharedMemory, scenario: Scenario, index: number): Promise<void> {
  const nameOf = (word: number): string => scenario.nameOf?.(word) ?? `[${word}]`;
  const thread = new VirtualThread({ control, strategy: strategyOf(control), memory, index, port, nameOf });
  const note = (text: string): void => {
    if (thread.recording) thread.record(text);
  };
  process.on("uncaughtException", (error) => thread.fail(error));
  for (;;) {
    thread.start();
    restartDice(index);
    try {
      const returned = scenario.threads[index]!(memory, readValue(control, SETUP_VALUE), note);
      writeValue(control, index, returned instanceof Promise ? await settle(thread, returned) : returned);
    } catch (error) {
      thread.fail(error);
    }
    thread.finish();
  }
}

/** Turns the event loop until `promise` is settled; whenever nothing is left to do, other threads run. */
async function settle<T>(thread: VirtualThread, promise: Promise<T>): Promise<T> {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  promise.then(mark, mark);
  for (;;) {
    await new Promise(setImmediate);
    if (settled) return promise;
    thread.turn();
  }
}

void enter(workerData as WorkerInput);
