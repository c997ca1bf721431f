import { suite } from "node:test";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./heap.scenario.ts", import.meta.url);
const LOCK = "shared/heap/lock";
const NEVER = { timeouts: "never" } as const;

suite("heap", () => {
  holds(scenario, ["twoSleepers", "threeSleepers", "sleeperAndSpinner", "holderDies"], NEVER);
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
