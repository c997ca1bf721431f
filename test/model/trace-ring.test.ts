import { suite } from "node:test";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./trace-ring.scenario.ts", import.meta.url);

suite("ring of a trace", () => {
  holds(scenario, ["oneReader", "indicesWrap", "bytesOnly", "bytesOnlyIndicesWrap"], { plain: false });

  needs(
    scenario,
    "oneReader",
    "trace/ring",
    "+ count > this.#capacity && !this.#room(count)",
    "+ count > this.#capacity + 1 && !this.#room(count)",
  );
  needs(scenario, "oneReader", "trace/ring", "store(this.i32, this.#ring + RingWord.LOST, ++this.#lost);", "");
  needs(scenario, "bytesOnly", "trace/ring-reader", "Math.min((head - this.#at) | 0, ", "Math.max((head - this.#at) | 0, ");
  needs(
    scenario,
    "indicesWrap",
    "trace/ring",
    "((this.#head - this.#tail) | 0) + count > this.#capacity &&",
    "this.#head - this.#tail + count > this.#capacity &&",
  );
});
