import { suite } from "node:test";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./batch.scenario.ts", import.meta.url);
const BATCH = "place/memory/batch";

suite("batches", () => {
  holds(scenario, ["oneThread", "full", "twoThreads"]);

  needs(
    scenario,
    "oneThread",
    BATCH,
    "return compareExchange(i32, (node >>> 2) + Batch.COUNT, count, count + 1) === count;",
    "i32[(node >>> 2) + Batch.COUNT] = count + 1; return true;",
    { plain: true },
  );
  needs(scenario, "oneThread", BATCH, "or(i32, (node >>> 2) + Batch.COUNT, TAKEN)", "load(i32, (node >>> 2) + Batch.COUNT)");
});
