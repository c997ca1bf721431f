import { suite } from "node:test";
import type { ExploreOptions } from "../../src/testing/index.ts";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./phaser-phases.scenario.ts", import.meta.url);
const PHASER = "shared/phaser";
const NEVER: ExploreOptions = { timeouts: "never" };

suite("phaser", () => {
  holds(
    scenario,
    [
      "barrier",
      "threeMembers",
      "lastArrivalAndDrop",
      "lastArrivalAndRegister",
      "registerAndDrop",
      "aheadOfABarrier",
      "twoProducers",
      "unevenProducers",
      "joining",
      "consumerAlone",
      "actions",
      "actionsAndADropper",
      "actionAndASignaller",
      "actionAhead",
      "actionsAhead",
    ],
    NEVER,
  );

  needs(scenario, "actionsAndADropper", PHASER, "} else if (!subscribe(i32, head, waiter))", "} else if (true)", NEVER);
  needs(scenario, "actionAhead", PHASER, "pending === 0 && !handOver(i32, block, send)", "pending === 0", NEVER);
  needs(scenario, "barrier", PHASER, "    wakeDue(i32, block, phase, send);\n", "", NEVER);
  needs(
    scenario,
    "twoProducers",
    PHASER,
    'return phaseOf(i32, block) >= phase ? "there" : "waiting";',
    'return "waiting";',
    NEVER,
  );
  needs(
    scenario,
    "aheadOfABarrier",
    PHASER,
    "=== state) return (state & EXPECTED) !== 0 && arrived(i32, block);",
    "=== state) return arrived(i32, block);",
    NEVER,
  );
  needs(
    scenario,
    "aheadOfABarrier",
    PHASER,
    "if (compareExchange(i32, word, state, state | EXPECTED) === state) return state | EXPECTED;",
    "store(i32, word, state | EXPECTED); return state | EXPECTED;",
    NEVER,
  );
  needs(scenario, "consumerAlone", PHASER, "      wakeDue(i32, block, ENDED, send);\n", "", NEVER);
  needs(
    scenario,
    "lastArrivalAndDrop",
    PHASER,
    "return (state & EXPECTED) !== 0 && arrived(i32, block);\n}\n\nconst",
    "return false;\n}\n\nconst",
    NEVER,
  );
  needs(scenario, "registerAndDrop", PHASER, "  add(i32, (block >>> 2) + Phaser.PENDING, 1);\n", "", NEVER);
  needs(
    scenario,
    "unevenProducers",
    PHASER,
    "i32[(waiter >>> 2) + Waiter.PHASE]! <= phase || !subscribe(i32, head, waiter)",
    "true",
    NEVER,
  );

  holds(scenario, ["farBarrier", "farDropper", "farGuests"], NEVER);

  const looks = "load(i32, (block >>> 2) + Phaser.TRUNK) !== 0 && pendingOf(i32, block) === 1";
  needs(scenario, "farBarrier", PHASER, looks, "false", NEVER);
  needs(scenario, "farBarrier", PHASER, "|| pendingOf(i32, block) !== 1) return null;", ") return null;", NEVER);
  needs(
    scenario,
    "farGuests",
    PHASER,
    "add(i32, word + Phaser.PENDING, COUNTING + 1);",
    "add(i32, word + Phaser.PENDING, COUNTING);",
    NEVER,
  );
  needs(
    scenario,
    "farGuests",
    PHASER,
    "if (seen > 0 && compareExchange(i32, word + Phaser.PENDING, seen, seen + 1) === seen) break;",
    "break;",
    NEVER,
  );
});
