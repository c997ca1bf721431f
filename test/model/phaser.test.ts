import { suite } from "node:test";
import { holds } from "./harness.ts";

const scenario = new URL("./phaser.scenario.ts", import.meta.url);

suite("phaser", () => {
  holds(scenario, [
    "twoMembers",
    "threeMembers",
    "oneLeaves",
    "producer",
    "runsAhead",
    "splitPhase",
    "oneJoins",
    "twoJoin",
    "spawnsMember",
  ]);
});
