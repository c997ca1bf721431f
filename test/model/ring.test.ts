import { suite } from "node:test";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./ring.scenario.ts", import.meta.url);
const RING = "sched/ring";

suite("ring", () => {
  holds(scenario, ["lastItem", "pushesAndPops", "twoThieves", "fullRing", "indicesWrap"]);

  needs(scenario, "lastItem", RING, "if (left > 0) return", "if (left >= 0) return");
  needs(scenario, "lastItem", RING, "(top + 1) | 0) === top ? cell : RETRY", "(top + 1) | 0) >= 0 ? cell : RETRY");
  needs(
    scenario,
    "pushesAndPops",
    RING,
    "store(this.#i32, this.#bottom, bottom);\n    const top = load(this.#i32, this.#top);",
    "const top = load(this.#i32, this.#top);\n    store(this.#i32, this.#bottom, bottom);",
  );
  needs(scenario, "pushesAndPops", RING, "store(this.#i32, this.#bottom, (bottom + 1) | 0);\n    return cell", "return cell");
  needs(scenario, "fullRing", RING, "> this.#mask) return false", "> this.#mask + 1) return false");
  needs(
    scenario,
    "twoThieves",
    RING,
    "this.#i32[this.#items + (bottom & this.#mask)] = cell;\n    store(this.#i32, this.#bottom, (bottom + 1) | 0);",
    "store(this.#i32, this.#bottom, (bottom + 1) | 0);\n    this.#i32[this.#items + (bottom & this.#mask)] = cell;",
    { plain: true },
  );
  needs(
    scenario,
    "indicesWrap",
    RING,
    "if (((bottom - this.#seen) | 0) > this.#mask) return",
    "if (bottom - this.#seen > this.#mask) return",
  );
});
