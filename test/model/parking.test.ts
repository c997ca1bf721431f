import { suite } from "node:test";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./parking.scenario.ts", import.meta.url);
const PARKING = "sched/parking";

suite("parking", () => {
  holds(scenario, ["mailToIdle", "mailToNested", "mailToAsync", "oneWorker", "twoWorkers", "waitingStack"], {
    timeouts: "never",
    plain: false,
  });
  holds(scenario, ["mailWithTimeLimit"], { timeouts: "any", plain: false });

  needs(scenario, "mailToIdle", PARKING, "  notify(i32, word, 1);\n", "");
  needs(scenario, "mailToAsync", PARKING, "  notify(i32, word, 1);\n", "");
  needs(scenario, "mailToIdle", PARKING, "store(i32, parkWord(slot), kind);", "");
  needs(
    scenario,
    "mailToNested",
    PARKING,
    "compareExchange(i32, word, kind, Park.AWAKE) !== kind",
    "compareExchange(i32, word, Park.IDLE, Park.AWAKE) !== kind",
  );
  needs(
    scenario,
    "oneWorker",
    PARKING,
    "load(i32, parkWord(slot)) === Park.IDLE && wake(i32, slot)",
    "load(i32, parkWord(slot)) === Park.NESTED && wake(i32, slot)",
  );
  needs(
    scenario,
    "waitingStack",
    "sched/hunting",
    "const cell = this.anyInRings() ? this.steal(accept, 1) : 0;",
    "const cell = 0;",
  );
  needs(scenario, "lastSlot", PARKING, "step < slots; step++", "step < 1; step++");
});
