import { suite } from "node:test";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./packets.scenario.ts", import.meta.url);
const RING = "net/loopback/ring";

suite("packets", () => {
  holds(scenario, ["twoPackets", "fullWay", "roundTheEnd", "lastRoom"], { timeouts: "never" });

  // Each step of the two protocols: packets are published whole, who wants room is seen, who sleeps is woken.
  const publish = "    store(this.#i32, this.#word + RingWord.TAIL, this.#tail);\n";
  needs(scenario, "twoPackets", RING, publish, "", { timeouts: "never" });
  needs(
    scenario,
    "twoPackets",
    RING,
    "    // Plain accesses: nobody reads beyond TAIL, whose store below publishes them.\n",
    "    store(this.#i32, this.#word + RingWord.TAIL, (tail + skip + need) | 0);\n",
    { timeouts: "never" },
  );
  needs(scenario, "fullWay", RING, "    store(this.#i32, this.#word + RingWord.WANTS, 1);\n", "", { timeouts: "never" });
  needs(
    scenario,
    "lastRoom",
    RING,
    "    store(this.#i32, this.#word + RingWord.WANTS, 1);\n    this.#head = load(this.#i32, this.#word + RingWord.HEAD);\n",
    "    store(this.#i32, this.#word + RingWord.WANTS, 1);\n",
    { timeouts: "never", executions: 5000 },
  );
  needs(
    scenario,
    "fullWay",
    RING,
    "    store(this.#i32, this.#word + RingWord.WANTS, 0);\n    return true;",
    "    store(this.#i32, this.#word + RingWord.WANTS, 0);\n    return false;",
    { timeouts: "never" },
  );
  needs(scenario, "twoPackets", "net/doorbell", "notify(i32, word, 1);", ";", { timeouts: "never" });
});
