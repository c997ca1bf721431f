import { suite } from "node:test";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./replay.scenario.ts", import.meta.url);

suite("the order of a record", () => {
  // Without time limits: no wake-up is lost.
  holds(scenario, ["twoRecord", "threeRecord", "twoReplay", "threeReplay", "oneEndsEarly", "arrivals", "twoArrivals"], {
    plain: false,
    timeouts: "never",
  });

  needs(scenario, "twoRecord", "replay/recorder", "compareExchange(shared, Shared.LOCK, 0, 1) !== 0", "false");
  needs(scenario, "arrivals", "replay/arrival-replayer", "notify(this.#shared, Shared.TURN);", "", { timeouts: "never" });
  needs(scenario, "arrivals", "replay/arrival-replayer", " || load(this.#shared, Shared.TURN) !== turn", "");
  needs(scenario, "twoReplay", "replay/replayer", "notify(this.#shared, Shared.TURN);", "", { timeouts: "never" });
  needs(scenario, "twoReplay", "replay/replayer", " && turn === this.#reader.turn)", " && false)", { timeouts: "never" });
  needs(scenario, "twoReplay", "replay/replayer", "load(this.#shared, Shared.TURN) === this.#reader.turn", "true");
});
