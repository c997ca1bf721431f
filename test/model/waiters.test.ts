import { suite } from "node:test";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./waiters.scenario.ts", import.meta.url);
const WAITERS = "shared/waiters";

suite("waiters", () => {
  holds(scenario, ["oneCloser", "twoClosers", "takenTwice"]);

  needs(
    scenario,
    "oneCloser",
    WAITERS,
    "compareExchange(i32, head, seen, node | 0) === seen",
    "compareExchange(i32, head, load(i32, head), node | 0) !== -1",
  );
  needs(
    scenario,
    "twoClosers",
    WAITERS,
    "compareExchange(i32, head, seen, result | CLOSED) === seen",
    "compareExchange(i32, head, load(i32, head), result | CLOSED) !== -1",
  );
  needs(scenario, "oneCloser", WAITERS, "if ((seen & CLOSED) !== 0) return false;\n    i32[next]", "i32[next]");
  needs(
    scenario,
    "takenTwice",
    WAITERS,
    "if (compareExchange(i32, head, seen, 0) === seen) return",
    "compareExchange(i32, head, load(i32, head), 0); return",
  );
});
