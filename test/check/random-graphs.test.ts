import assert from "node:assert/strict";
import { it } from "node:test";
import { child } from "../cli/child.ts";

it("in random graphs a race is found just where no path orders two accesses", async (t) => {
  const first = Number(process.env.SEED ?? (Date.now() % 1e6) * 1000);
  t.diagnostic(`SEED=${first}`);
  const { code, stdout, stderr } = await child([new URL("random-graphs.ts", import.meta.url).pathname, String(first), "2000"]);
  assert.equal(code, 0, stdout + stderr);
  const racy = Number(/graphs, (\d+) with a race/.exec(stdout)![1]);
  assert.ok(racy > 500 && racy < 1500, stdout);
});
