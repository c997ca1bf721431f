import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { folderWith, heddle } from "../../test/cli/child.ts";

const SIGNALS = process.platform === "win32" ? "Windows has no signals between processes" : false;

const PROGRAM = `import { type Future, promise, task } from "${new URL("../index.ts", import.meta.url)}";
  export const pulls = task(import.meta, function* (it: Future<number>): Generator<Future<unknown>, number> {
    return yield* it;
  });
  export const loops = task(import.meta, (): never => {
    console.error("looping");
    for (;;);
  });
  export const joins = task(import.meta, (): never => loops.spawn().join());
  export async function main([what]: string[]) {
    if (what === "loop") return joins.spawn();
    if (what === "busy") for (;;);
    const it = promise<number>();
    if (what === "ends") return it.future;
    const pulled = pulls.spawn(it.future);
    setInterval(() => console.error("there"), 300);
    await pulled;
  }`;

/** Sends `signal` each time that the program says that it is there, and ends it once it has printed what matches. */
const until = (pattern: RegExp, signal?: NodeJS.Signals) => {
  let seen = 0;
  return (printed: string, send: (signal: NodeJS.Signals) => void) => {
    if (pattern.test(printed)) return send("SIGKILL");
    const times = printed.split("there").length;
    if (times > seen && times > 1 && signal !== undefined) send(signal);
    seen = times;
  };
};

describe("heddle run, when nothing goes on", { concurrency: 2 }, () => {
  for (const workers of ["0", "2"]) {
    test(`--watch-stuck says who waits for what, ${workers} workers`, async (t) => {
      const cwd = folderWith({ "prog.ts": PROGRAM }, t);
      const { stderr } = await heddle(["run", "prog.ts", "waits", "--watch-stuck", "300ms", "-w", workers], {
        cwd,
        onOutput: until(/nobody has put/),
      });
      assert.match(
        stderr,
        /heddle: nothing has begun or ended for \d+\.\d s\nmain waits for\n +the generator task pulls, spawned at prog\.ts:15:\d+[^\n]*: waits for\n +a promise, made at prog\.ts:13:/,
      );
    });

    test(`--watch-stuck, a task in an endless loop, ${workers} workers`, async (t) => {
      const cwd = folderWith({ "prog.ts": PROGRAM }, t);
      const { stderr } = await heddle(["run", "prog.ts", "loop", "--watch-stuck", "300ms", "-w", workers], {
        cwd,
        onOutput: until(/it is at prog\.ts/),
      });
      assert.match(
        stderr,
        /nothing has begun or ended for[\s\S]*the task joins, spawned at prog\.ts:11:[^\n]*: waits at prog\.ts:9:\d+ for\n +the task loops, spawned at prog\.ts:9:[^\n]*: runs[^\n]*; it is at prog\.ts:7:/,
      );
    });

    test(`--watch-stuck, the main thread in an endless loop, ${workers} workers`, async (t) => {
      const cwd = folderWith(
        { "prog.ts": PROGRAM.replace('if (what === "busy")', 'pulls.spawn(promise<number>().future);\nif (what === "busy")') },
        t,
      );
      const { stderr } = await heddle(["run", "prog.ts", "busy", "--watch-stuck", "300ms", "-w", workers], {
        cwd,
        onOutput: until(/main runs at/),
      });
      assert.match(stderr, /heddle: [^\n]* for \d+\.\d s[\s\S]*main runs at prog\.ts:13:/);
    });

    test(`a main that can never end is explained, ${workers} workers`, async (t) => {
      const cwd = folderWith({ "prog.ts": PROGRAM }, t);
      const { code, stderr } = await heddle(["run", "prog.ts", "ends", "-w", workers], { cwd });
      assert.equal(code, 1);
      assert.match(stderr, /main has not ended[\s\S]*main waits for\n +a promise, made at prog\.ts:13:/);
    });
  }

  for (const [signal, workers] of [
    ["SIGUSR2", "0"],
    ["SIGUSR2", "1"],
    ["SIGQUIT", "2"],
  ] as const) {
    test(`${signal} prints who waits for what, ${workers} workers`, { skip: SIGNALS }, async (t) => {
      const cwd = folderWith({ "prog.ts": PROGRAM }, t);
      const { stderr } = await heddle(["run", "prog.ts", "waits", "-w", workers], {
        cwd,
        onOutput: until(/task pulls[^\n]*: waits for/, signal),
      });
      assert.match(
        stderr,
        new RegExp(`heddle: ${signal}: who waits for what\\nmain waits for\\n +the generator task pulls[^\\n]*: waits for`),
      );
    });
  }

  test("a time that is none", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM }, t);
    for (const time of ["soon", "1ms", "-3s"]) {
      const { code, stderr } = await heddle(["run", "prog.ts", `--watch-stuck=${time}`], { cwd });
      assert.equal(code, 2);
      assert.match(stderr, /It is a time from 50ms on: 500ms, 5s, 2m/);
    }
  });
});
