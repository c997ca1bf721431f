// `npm test`: format and lint, types, then every test by `node --test`, whose summary comes last.
// Arguments are patterns of test files instead of all: `npm test -- "test/crash/**/*.test.ts"`.
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

const files =
  process.argv.length > 2
    ? process.argv.slice(2).flatMap((it) => globSync(it))
    : globSync(["src/**/*.test.ts", "test/**/*.test.ts"], { cwd: root });
const checks: Step[] = [
  { what: "format and lint", command: bin("biome"), args: ["check", "."] },
  { what: "types", command: bin("tsc"), args: ["-p", "."] },
  { what: "types that must not compile", command: bin("tsc"), args: ["-p", "test/types"] },
];
const tests: Step = {
  what: `${files.length} files of tests`,
  command: process.execPath,
  args: ["--test", "--test-concurrency=2", "--test-timeout=120000", ...files.sort()],
};

function run({ what, command, args }: Step, number: number, of: number): Promise<boolean> {
  console.log(`\n[${number}/${of}] ${what}`);
  const began = performance.now();
  // A test that needs a number of workers asks for it.
  const { HEDDLE_WORKERS: _, NODE_OPTIONS: __, ...env } = process.env;
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

const steps = process.argv.length > 2 ? [tests] : [...checks, tests];
const failed: string[] = [];
for (const [i, step] of steps.entries()) {
  // The last lines are to be the test runner's summary, so this comes before.
  if (step === tests && failed.length > 0) console.log(`\nFAILED so far: ${failed.join(", ")}`);
  if (!(await run(step, i + 1, steps.length))) failed.push(step.what);
}
if (failed.length > 0) process.exitCode = 1;
