export const INTRODUCTION = `heddle runs a program as millions of small tasks on all cores.`;

export const FIRST_STEPS = `
A first program, fib.ts:

  import { task } from "heddle";
  export const fib = task(import.meta, (n: number): number => {
    if (n < 2) return n;
    const left = fib.spawn(n - 1); // a child task: any worker may take it
    return fib(n - 2) + left.join(); // calling a task is a plain call
  });
  export const main = async () => console.log(await fib.spawn(32));

Run it:

  heddle run fib.ts              on all cores
  heddle run fib.ts --stats      and say what every worker did
  heddle run fib.ts --workers 0  on the main thread alone, in a fixed order: for a debugger
  heddle check fib.ts            look for races

heddle help run tells more about running, heddle info about this machine.`;

export const EXIT_CODES = `
Exit codes:
  0    the program ended well (or the integer that its main returned, or process.exitCode)
  1    the program failed
  2    the command line is wrong, the program is not there, or Node is too old
  3    heddle check has found a race
  130  ended by Ctrl-C
  143  ended by SIGTERM`;

export const RUN_DETAILS = `
The program is a TypeScript or JavaScript file. It exports main, or is a script:

  export async function main(args: string[]) { ... }

main gets what follows the program's name; what begins with a dash goes after --:

  heddle run search.ts words.txt -- --limit 10

Workers import the files that define tasks. Code outside of functions runs in every one of them, main in the first thread only.

What does it do right now? --dashboard shows it on a page. The server listens on this machine only, with a secret in its address,
and ends with the program; with --dashboard-keep, at Ctrl-C.

When it hangs: --watch-stuck 5s, kill -USR2 PID, or Ctrl-\\ say who waits for what.

On several places, main runs on each of them; its argument has place and places as fields:

  heddle run prog.ts --places 4
  heddle run prog.ts --places 4 --workers 0   all in one thread, in a fixed order
  mpirun -n 4 npx heddle run prog.ts

Environment:
  HEDDLE_WORKERS=n      the same as --workers n, also under plain node
  HEDDLE_SPAWN_SITES=1  spawns in tasks remember where they are; --watch-stuck sets it
  NO_COLOR=1            no colours`;

export const REPORT_DETAILS = `
Make a trace, then look at it:

  heddle run prog.ts --trace out.json
  heddle report out.json                  as text
  heddle report out.json --html out.html  as a page with a timeline
  heddle report out.json --json           for programs

The file also opens in https://ui.perfetto.dev. What the words mean: docs/guide/tracing.md`;

export const SIMULATE_DETAILS = `
From a program to its prediction:

  heddle simulate prog.ts --workers 1,2,4,...,1024 words.txt -- --limit 10

It runs twice, each time traced: with 1 worker, and with one for each core. What it prints goes to stderr. From the two traces comes
how much longer work takes while several workers are busy, and the measured times stand beside the predictions.

From traces that are there:

  heddle run prog.ts --workers 2 --trace two.json
  heddle run prog.ts --workers 1 --trace one.json
  heddle simulate two.json one.json

On several places; --workers are those of all of them together:

  heddle simulate prog.ts --places 3 --workers 3,6,12`;
export const CHECK_DETAILS = `
Two accesses to the same element race when at least one of them writes, and no path of spawn, join, future, promise, after,
phaser, finish or collective operation orders them: with several workers the result may then depend on which of them comes first. One run shows the
races of all schedules of the tasks that it runs; what depends on the input is looked at for this input.

A program for several places runs with all of them in one thread; no launcher takes part:

  heddle check prog.ts --places 4

The report goes to stderr. Most programs run 10 to 100 times slower than in serial mode.`;
