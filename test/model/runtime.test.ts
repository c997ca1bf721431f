import { suite, test } from "node:test";
import { type ExploreOptions, explore, type Mutation } from "../../src/testing/index.ts";
import { needs } from "./harness.ts";

const scenario = new URL("./runtime.scenario.ts", import.meta.url);

/** Constants so small that full rings, missing cells and sleeping workers are common. */
const small = (module: string, from: string, to: string): Mutation => ({
  module: new URL(`../../src/${module}.ts`, import.meta.url),
  from,
  to,
});
const SHRUNKEN: Mutation[] = [
  small("shared/layout", "RING_CAPACITY = 8192;", "RING_CAPACITY = 2;"),
  small("shared/layout", "CELLS_PER_SLOT = 8192;", "CELLS_PER_SLOT = 4;"),
  small("sched/hunting", "const SPINS = 100;", "const SPINS = 2;"),
  small("shared/heap/lock", "SPINS = 100;", "SPINS = 1;"),
];

const RUN: ExploreOptions = { strategy: "mixed", executions: 120, timeouts: "never", mutations: SHRUNKEN };

suite("the whole runtime, without the help of time limits", () => {
  const names = [
    "oneByOne",
    "backlog",
    "affinity",
    "priorities",
    "joinsTwice",
    "generator",
    "finishScopes",
    "finishInGenerator",
    "failure",
    "failureInScope",
    "cancelledByClient",
    "cancelledInScope",
    "cancelledAsleep",
    "cancelledRunning",
    "promotion",
    "dataflow",
    "promiseBetweenTasks",
    "promisePutTwice",
    "futureHandedOn",
    "futureCancelled",
    "detached",
    "phaserRounds",
    "phaserActions",
    "explained",
  ];
  for (const name of names)
    test(name, async () => {
      await explore(scenario, { ...RUN, name });
    });

  needs(scenario, "oneTask", "sched/worker", "return this.#hunting.anyInRings();", "return false;", RUN);
  needs(
    scenario,
    "oneTask",
    "sched/client",
    "if (load(this.station.mem.i32, Control.HUNGRY) !== 0) summon",
    "if (false) summon",
    RUN,
  );
  const asleep = "      this.#hunting.stopSpinning();\n      const turning";
  needs(scenario, "oneTask", "sched/worker", asleep, "      const turning", RUN);
  const tooLate = [...SHRUNKEN, small("sched/worker", asleep, "      const turning")];
  needs(
    scenario,
    "oneTask",
    "sched/worker",
    "else this.sleep(Park.IDLE);",
    "else { this.#hunting.stopSpinning(); this.sleep(Park.IDLE); }",
    { ...RUN, mutations: tooLate },
  );
  needs(
    scenario,
    "finishScope",
    "sched/guests",
    "CellState.ENDED) === CellState.RESULT) return;",
    "CellState.ENDED) === CellState.RESULT);",
    RUN,
  );
  const asked = "if (loop !== Loop.TASKS && load(this.#i32, Control.ASKS_REST) !== 0) wake(this.#i32, 0);";
  needs(scenario, "detached", "sched/worker", asked, "", RUN);
  needs(scenario, "detached", "sched/rest", "if (!sleeps(park) ||", "if (", RUN);
  needs(scenario, "detached", "sched/rest", "return after !== null && same(before!, after);", "return before !== null;", {
    ...RUN,
    strategy: "pct",
    executions: 4000,
    steps: 1500,
  });
  needs(scenario, "promisePutTwice", "shared/waiters", "if ((seen & CLOSED) !== 0) return LOST;", "", RUN);

  needs(scenario, "promotion", "sched/promotion", "      this.#wakeFor(cell);\n      return true;", "      return true;", RUN);
  needs(
    scenario,
    "promotion",
    "sched/promotion",
    "rings[PRIORITY.normal + ASYNC]!.size() < ENOUGH_ASYNC) this.#promoteOldest();",
    "rings[PRIORITY.normal + ASYNC]!.size() < ENOUGH_ASYNC);",
    RUN,
  );
  needs(scenario, "cancelledAsleep", "sched/station", "    wake(i32, load(i32, word + Cell.THIEF));", "", RUN);
  needs(
    scenario,
    "cancelledAsleep",
    "sched/worker",
    "load(this.#i32, Control.STOP) !== 0 || this.cancellationIsNew()) return true;",
    "load(this.#i32, Control.STOP) !== 0) return true;",
    { ...RUN, executions: 4000, strategy: "pct" },
  );
  needs(scenario, "cancelledRunning", "sched/station", "    add(this.mem.i32, Control.CANCEL_EPOCH, 1);", "", RUN);
  needs(
    scenario,
    "cancelledByClient",
    "sched/station",
    "CellState.READY, CellState.CANCELLED) === CellState.READY) return;",
    "CellState.READY, CellState.CANCELLED) >= 0) return;",
    RUN,
  );

  needs(scenario, "explained", "stuck/ask", "    client.wantMail();", "", RUN);
  needs(scenario, "explained", "stuck/ask", "  station.heap.free(node);", "", RUN);

  // Rare interleavings, found by priorities: far more executions than the search needed when these did not hold.
  const RARE: ExploreOptions = { ...RUN, strategy: "pct", executions: 4000, steps: 1500 };
  for (const name of ["nobodyIdles", "nobodyIdlesReversed", "nobodyIdlesLow", "phaserLateActions"])
    test(name, async () => {
      await explore(scenario, { ...RARE, name });
    });
  needs(
    scenario,
    "nobodyIdles",
    "sched/supply",
    "    this.#hunting.found();\n    this.#guests.execute(cell);",
    "    this.#guests.execute(cell);",
    RARE,
  );
  needs(scenario, "nobodyIdles", "sched/hunting", " wakeIdle(this.#i32, this.#slots, this.#slot);", ";", RARE);
  needs(scenario, "phaserLateActions", "shared/phaser", "pending === 0 && !handOver(i32, block, send)", "pending === 0", RARE);
});
