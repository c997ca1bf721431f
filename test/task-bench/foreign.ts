/** A program that prints what Task Bench prints, of a runtime that takes 8 us for each task and 1 us for each iteration. */
const [workers, ...args] = process.argv.slice(2);
const value = (flag: string): number => Number(args[args.indexOf(flag) + 1]);
const iterations = value("-iter");
const tasks = value("-steps") * value("-width");
console.log(`        Iterations: ${iterations}
Total Tasks ${tasks}
Total Dependencies ${3 * tasks}
Total FLOPs ${tasks * iterations}
Total Bytes 0
Elapsed Time ${((tasks * (iterations + 8)) / Number(workers) / 1e6).toExponential(6)} seconds`);
