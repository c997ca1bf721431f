import { suite } from "node:test";
import type { Mutation } from "../../src/testing/index.ts";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./heap.scenario.ts", import.meta.url);
const LOCK = "shared/heap/lock";
const small = (from: string, to: string): Mutation => ({
  module: new URL(`../../src/${LOCK}.ts`, import.meta.url),
  from,
  to,
});
const NEVER = { timeouts: "never" } as const;

suite("heap", () => {
  holds(scenario, ["twoSleepers", "threeSleepers", "sleeperAndSpinner", "holderDies"], NEVER);
  const HASTY = {
    ...NEVER,
    mutations: [small("SPINS_PER_CLOCK = 4096;", "SPINS_PER_CLOCK = 1;"), small("ASK_MS = 5;", "ASK_MS = 0;")],
  };
  holds(scenario, ["holderDiesWaitedFor"], HASTY);
  needs(scenario, "holderDiesWaitedFor", LOCK, "if (this.#mustRecover) this.onWaiting(", "if (false) this.onWaiting(", HASTY);
  holds(scenario, ["trade", "tradeSmall", "recovery"], { ...NEVER, plain: false });

  needs(scenario, "twoSleepers", LOCK, "& LOCK_CONTENDED) notify(", "& LOCK_CONTENDED & 0) notify(", NEVER);
  needs(
    scenario,
    "threeSleepers",
    LOCK,
    "0, this.#self | LOCK_CONTENDED) === 0) return;",
    "0, this.#self) === 0) return;",
    NEVER,
  );
  needs(
    scenario,
    "twoSleepers",
    LOCK,
    "if (compareExchange(this.#i32, this.#word, 0, this.#self) !== 0) this.#contend();",
    "if (load(this.#i32, this.#word) !== 0) this.#contend();\n    else exchange(this.#i32, this.#word, this.#self);",
    NEVER,
  );
  needs(scenario, "holderDies", LOCK, "(seen & LOCK_CONTENDED) | this.#self)", "this.#self)", NEVER);
});
