// `npm test`: format and lint, types, then every test by `node --test`, whose summary comes last.
// Arguments are folders, beginnings of paths, or patterns of test files instead of all: `npm test -- test/crash src/sched/ring`.
import { spawn } from "node:child_process";

import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name: string): string => `${root}node_modules/.bin/${name}`;

interface Step {
  readonly what: string;
  readonly command: string;
  readonly args: readonly string[];
}

const asked = process.argv.slice(2);
const testsAt = (path: string): string[] => {
  const start = path.replace(/\.test\.ts$/, "");
  return globSync(/[*?]/.test(path) ? path : [`${start}*.test.ts`, `${start}/**/*.test.ts`]);
};
const unknown = asked.filter((it) => testsAt(it).length === 0);
if (unknown.length > 0) {
  console.error(`No tests are at ${unknown.join(", ")}.`);
  process.exit(2);
}
const files =
  asked.length > 0 ? [...new Set(asked.flatMap(testsAt))] : globSync(["src/**/*.test.ts", "test/**/*.test.ts"], { cwd: root });
const checks: Step[] = [
  { what: "format and lint", command: bin("biome"), args: ["check", "."] },
  { what: "types", command: bin("tsc"), args: ["-p", "."] },
  { what: "types that must not compile", command: bin("tsc"), args: ["-p", "test/types"] },
];
const tests: Step = {
  what: `${files.length} files of tests`,
  command: process.execPath,
  args: ["--test", "--test-concurrency=2", "--test-timeout=400000", ...files.sort()],
};

function run({ what, command, args }: Step, number: number, of: number): Promise<boolean> {
  console.log(`\n[${number}/${of}] ${what}`);
  const began = performance.now();
  // A test that needs a number of workers asks for it. Hundreds of processes and threads load the same sources, so what Node makes of them is kept.
  const { HEDDLE_WORKERS: _, NODE_OPTIONS: __, ...inherited } = process.env;
  const env = { NODE_COMPILE_CACHE: `${root}build/compile-cache`, ...inherited };
  const child = spawn(command, args, { cwd: root, env, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (command !== process.execPath)
        console.log(`${code === 0 ? "passed" : "FAILED"} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
      resolve(code === 0);
    });
  });
}

const steps = asked.length > 0 ? [tests] : [...checks, tests];
const failed: string[] = [];
for (const [i, step] of steps.entries()) {
  // The last lines are to be the test runner's summary, so this comes before.
  if (step === tests && failed.length > 0) console.log(`\nFAILED so far: ${failed.join(", ")}`);
  if (!(await run(step, i + 1, steps.length))) failed.push(step.what);
}
if (failed.length > 0) process.exitCode = 1;
