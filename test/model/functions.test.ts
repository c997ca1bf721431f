import { suite } from "node:test";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./functions.scenario.ts", import.meta.url);
const FUNCTIONS = "shared/functions";
const NEVER = { timeouts: "never", plain: false } as const;

suite("the table of functions", () => {
  holds(scenario, ["sameFunction", "otherFunctions", "overlapping"], NEVER);

  needs(scenario, "otherFunctions", FUNCTIONS, "block | 0) >>> 0 === head)", "block | 0) >= 0)", NEVER);
  needs(scenario, "sameFunction", FUNCTIONS, "if (known !== undefined) {", "if (block === 0 && known !== undefined) {", NEVER);
  needs(scenario, "sameFunction", FUNCTIONS, "        if (block !== 0) this.#heap.free(block);\n", "", NEVER);
});
