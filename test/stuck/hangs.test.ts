import "./sites.ts";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promise, type Runtime, shared, start, type WhyStuck, whyStuck } from "heddle";
import { type Hang, hangs } from "./hangs.ts";
import { pulls } from "./tasks.ts";

/** "<mark>" -> "test/stuck/tasks.ts:12:\d+" */
const places = new Map<string, string>();
for (const name of ["hangs.ts", "tasks.ts"]) {
  const file = fileURLToPath(new URL(name, import.meta.url));
  readFileSync(file, "utf8")
    .split("\n")
    .forEach((line, i) => {
      const mark = /\/\/ mark: (.+)$/.exec(line)?.[1];
      if (mark !== undefined) places.set(mark, `${relative(process.cwd(), file)}:${i + 1}:\\d+`);
    });
}

const pattern = (says: string): RegExp =>
  new RegExp(
    says.replace(/<(?:\((.+?)\)|(.+?))>/g, (_, several: string | undefined, one: string) => {
      const marks = several === undefined ? [one] : several.split("|");
      return `(?:${marks.map((mark) => places.get(mark) ?? assert.fail(`no mark ${mark}`)).join("|")})`;
    }),
  );

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

/** Asks until the answer is what it is to be: the program may still be on its way to where it hangs. */
async function explanation({ says, verdict }: Pick<Hang, "says" | "verdict">, signal: AbortSignal): Promise<WhyStuck> {
  for (;;) {
    const why = await whyStuck();
    if (why.verdict === verdict && says.every((it) => pattern(it).test(String(why)))) return why;
    if (signal.aborted) assert.fail(`${why.verdict}\n${why}\nbut expected ${verdict}\n${says.map(pattern).join("\n")}`);
    await turn();
  }
}

const LIMIT_MS = 10_000;

describe("whyStuck explains", { timeout: 300_000 }, () => {
  for (const workers of [0, 1, 2, 4]) {
    describe(`${workers} workers`, () => {
      let runtime: Runtime;
      before(async () => {
        runtime = await start({ workers });
      });
      after(() => runtime.stop());

      for (const [name, hang] of Object.entries(hangs)) {
        const skip = hang.busy === true && workers === 0 ? "the only thread is busy: see the command line's tests" : false;
        it(name, { skip }, async () => {
          await runtime.run(async () => {
            const running = hang.start();
            if (workers === 0 && hang.givenUpWhenSerial !== undefined) {
              const error = await Promise.resolve(running.until).then(
                () => assert.fail("it should be given up"),
                (it) => it,
              );
              assert.equal(error.code, "HEDDLE_STUCK");
              for (const says of hang.givenUpWhenSerial) assert.match(error.message, pattern(says));
              running.release();
              return;
            }
            const end = Promise.resolve(running.until).catch((error) => assert.equal(error.code, "HEDDLE_CANCELLED"));
            const why = await explanation(hang, AbortSignal.timeout(LIMIT_MS));
            assert.equal(why.workers.length, workers);
            assert.equal(why.cycles.length, hang.verdict === "cycle" ? 1 : 0);
            running.release();
            await end;
          });
        });
      }

      it("questions leave nothing behind, and the answer is data", async () => {
        await runtime.run(async () => {
          const it = promise<number>();
          const pulled = pulls.spawn(it.future).then();
          await explanation({ says: ["task pulls"], verdict: "waiting" }, AbortSignal.timeout(LIMIT_MS));
          const before = shared.usage().blocks;
          for (let i = 0; i < 10; i++) {
            const { waits } = await whyStuck();
            const task = waits[0]?.waitsFor[0];
            assert.deepEqual([waits[0]?.kind, task?.kind, task?.name], ["main", "generator", "pulls"]);
            assert.deepEqual([task?.waitsFor[0]?.kind, task?.waitsFor[0]?.waitsFor], ["promise", []]);
            assert.match(task?.site ?? "", /hangs\.test\.ts:\d+:\d+$/);
          }
          assert.equal(shared.usage().blocks, before);
          it.put(1);
          assert.equal(await pulled, 1);
        });
      });

      it("a program in which nobody waits", async () => {
        await runtime.run(async () => {
          const why = await whyStuck();
          assert.deepEqual([why.verdict, why.waits, why.cycles], ["idle", [], []]);
          assert.match(String(why), /^Nobody waits for anything of heddle\./);
        });
      });
    });
  }
});
