import assert from "node:assert/strict";
import { test } from "node:test";
import { ranksOnMyCores } from "./place-workers.ts";

const process = (name: string, parent: number, cores: string): string =>
  `Name:\t${name}\nUmask:\t0022\nPPid:\t${parent}\nCpus_allowed:\tff\nCpus_allowed_list:\t${cores}\n`;

test("ranks that the launcher has bound share its cores no second time", () => {
  const cases = [
    { own: "0-15", launcher: "0-15", ranks: 4, sharing: 4 },
    { own: "3", launcher: "0-3", ranks: 4, sharing: 1 },
    { own: "0-7", launcher: "0-15", ranks: 4, sharing: 2 },
    { own: "0-1,8-9", launcher: "0-15", ranks: 4, sharing: 1 },
    { own: "5", launcher: "0-15", ranks: 4, sharing: 1 },
    { own: "0", launcher: "0-1", ranks: 4, sharing: 2 },
  ];
  for (const { own, launcher, ranks, sharing } of cases) {
    const status = (pid: number): string | undefined =>
      [process("node", 2, own), process("sh", 3, own), process("mpirun", 1, launcher)][pid - 1];
    assert.equal(ranksOnMyCores(ranks, status, 1), sharing, `${own} of ${launcher}`);
  }
});

test("without a launcher above, or without /proc, all ranks share", () => {
  assert.equal(
    ranksOnMyCores(4, () => undefined, 1),
    4,
  );
  assert.equal(
    ranksOnMyCores(4, (pid) => [process("node", 2, "0"), process("bash", 1, "0-15")][pid - 1], 1),
    4,
  );
});
