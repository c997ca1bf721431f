import assert from "node:assert/strict";
import { it } from "node:test";
import { child } from "../cli/child.ts";

/** The same programs each time; other ones by SEED=... PROGRAMS=... */
it("in random programs a race is found just where no path orders two accesses", async (t) => {
  const [first, count] = [process.env.SEED ?? "1", process.env.PROGRAMS ?? "400"];
  t.diagnostic(`SEED=${first} PROGRAMS=${count}`);
  const { code, stdout, stderr } = await child([new URL("random/check.ts", import.meta.url).pathname, first, count]);
  assert.equal(code, 0, stdout + stderr);
  const [, programs, racy, quiet] = /(\d+) programs, .* (\d+) elements with a race, (\d+) without/.exec(stdout)!;
  t.diagnostic(stdout.trim());
  assert.ok(Number(programs) > Number(count) / 2 && Number(racy) > 0 && Number(quiet) > 0, stdout);
});
