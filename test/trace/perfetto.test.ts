/**
 * Perfetto's own trace processor reads our files, where it is installed. No package of a registry ships it: `trace_processor` of perfetto.dev
 * fetches it. Whether our files keep the format's rules is tested without it, see format.ts.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folderWith, heddle } from "../cli/child.ts";
import { linesOf } from "./format.ts";

const NAMES = [process.env.TRACE_PROCESSOR, "trace_processor_shell", "trace_processor"];
const processor = NAMES.find((it) => it !== undefined && it !== "" && spawnSync(it, ["--version"]).status === 0);

const PROGRAM = `
  import { finish, mark, span, task } from "${new URL("../../src/index.ts", import.meta.url)}";
  export const work = task(import.meta, (n: number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.sqrt(i);
    return sum;
  });
  export async function main() {
    mark("begins");
    await span("all", async () => {
      await finish(async () => { for (let i = 0; i < 200; i++) work.spawn(100_000); });
    });
  }`;

const skip = processor === undefined && "trace_processor_shell is not in PATH, and TRACE_PROCESSOR does not name it";

test("Perfetto's trace processor imports a trace without errors, with every slice and arrow", { skip }, async (t) => {
  const cwd = folderWith({ "prog.ts": PROGRAM }, t);
  await heddle(["run", "prog.ts", "-w", "2", "--trace", "out.json", "--trace-detail", "0"], { cwd });
  const ask = (sql: string): string[] => {
    writeFileSync(join(cwd, "query.sql"), `${sql};\n`);
    const { status, stdout, stderr } = spawnSync(processor!, ["-q", join(cwd, "query.sql"), join(cwd, "out.json")], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return stdout.trim().split("\n").slice(1);
  };
  assert.deepEqual(ask("select name || ' ' || value from stats where severity in ('error', 'data_loss') and value > 0"), []);
  const lines = linesOf(join(cwd, "out.json"));
  const slices = lines.filter((it) => it.ph === "X" || it.ph === "i" || it.ph === "b").length;
  assert.deepEqual(ask("select count(*) from slice").map(Number), [slices]);
  assert.deepEqual(ask("select count(*) from flow").map(Number), [lines.filter((it) => it.ph === "s").length]);
});
