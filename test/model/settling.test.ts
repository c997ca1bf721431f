import { suite } from "node:test";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./settling.scenario.ts", import.meta.url);
const WAITERS = "shared/waiters";

suite("waiters and handles", () => {
  holds(scenario, ["oneWaiter", "twoWaiters", "twoSettlers", "everybody", "handles"], { timeouts: "never" });

  needs(
    scenario,
    "twoSettlers",
    WAITERS,
    "if (compareExchange(i32, head, seen, result | CLOSED) === seen)",
    "compareExchange(i32, head, load(i32, head), result | CLOSED);",
    {
      timeouts: "never",
    },
  );
  needs(
    scenario,
    "twoWaiters",
    WAITERS,
    "if (compareExchange(i32, head, seen, node | 0) === seen) return true;",
    "compareExchange(i32, head, load(i32, head), node | 0); return true;",
    {
      timeouts: "never",
    },
  );
});
