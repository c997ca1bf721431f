import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runsOf } from "../../bench/task-bench/core/kernels.ts";
import { parseOptions } from "../../bench/task-bench/core/options.ts";
import { ParameterError } from "../../bench/task-bench/core/parameters.ts";
import { count, display, exponential, reportTiming, unevenIterations } from "../../bench/task-bench/core/report.ts";

const parse = (line: string) => parseOptions(line.split(" ").filter((it) => it !== ""));

describe("command line", () => {
  it("has the defaults of the reference", () => {
    const { graphs, nodes } = parse("");
    assert.equal(nodes, 0);
    assert.deepEqual(graphs, [
      {
        index: 0, steps: 4, width: 4, pattern: "trivial", radix: 3, period: 0, fraction: 0.25, kernel: "empty", iterations: 0,
        samples: 16, imbalance: 0, outputBytes: 16, scratchBytes: 0, fields: 4,
      },
    ]); // biome-ignore format: one object
    assert.equal(parse("-type random_nearest").graphs[0]!.period, 3);
  });

  it("reads several graphs, and leaves what it does not know", () => {
    const { graphs, rest } = parse("-steps 9 -type tree -impl rows -and -width 7 -kernel compute_bound -iter 5");
    assert.deepEqual(
      graphs.map(({ index, steps, width, pattern, kernel }) => [index, steps, width, pattern, kernel]),
      [
        [0, 9, 4, "tree", "empty"],
        [1, 4, 7, "trivial", "compute_bound"],
      ],
    );
    assert.deepEqual(rest, ["-impl", "rows"]);
  });

  const refused: [line: string, message: RegExp][] = [
    ["-type random_spread", /random_spread has a name but no definition/],
    ["-type fft -width 1", /fft with -width 1/],
    ["-type stencil_1d_periodic -width 2", /names a neighbour twice/],
    ["-type spread -width 4 -radix 3", /-period is 3; .* beyond 2/],
    ["-type spread -period 0", /needs one of 1 or more/],
    ["-type stencil_1d -period 2", /stencil_1d has no period/],
    ["-steps 0", /-steps is 0/],
    ["-output 8", /16 bytes or more/],
    ["-scratch 12", /multiple of 8/],
    ["-fraction 1.5", /from 0 to 1/],
    ["-imbalance 2.5", /from 0 to 2/],
    ["-field 1", /give 2 or more/],
    ["-kernel memory_bound", /needs -scratch/],
    ["-kernel io_bound", /no definition/],
    ["-width 2.5", /whole number/],
    ["-width -3", /from 0 up/],
    ["-iter", /-iter needs a value/],
    ["-type ring", /there are trivial, no_comm/],
  ];
  for (const [line, message] of refused) {
    it(`refuses ${line}`, () => {
      assert.throws(() => parse(line), (error) => error instanceof ParameterError && message.test(error.message)); // biome-ignore format: one line
    });
  }
});

describe("report", () => {
  it("counts tasks, dependences, operations and bytes", () => {
    const options = parse("-type stencil_1d -steps 5 -width 4 -kernel compute_bound -iter 10 -and -type dom -width 3 -steps 6");
    const { tasks, dependencies, flops, bytes } = count(options);
    assert.equal(tasks, 20 + 12);
    assert.equal(dependencies, 4 * 10 + (2 + 4 + 5 + 4 + 2)); // clipped to the row before
    assert.equal(flops, 20 * (2 * 64 * 10 + 64));
    assert.equal(bytes, 0);
  });

  it("counts what the other kernels do", () => {
    const flops = (line: string): number => count(parse(`-steps 2 -width 3 ${line}`)).flops / 6;
    assert.equal(flops("-kernel compute_bound2 -iter 7"), 2 * 32 * 7);
    assert.equal(flops("-kernel compute_dgemm -scratch 2400 -iter 3"), 2 * 1000 * 3);
    assert.equal(count(parse("-steps 2 -width 3 -kernel memory_bound -scratch 1024 -iter 5")).bytes, 6 * 320);
    assert.equal(count(parse("-steps 2 -width 3 -kernel memory_daxpy -scratch 1024 -iter 5")).bytes, 6 * 320);
  });

  it("adds up the unequal iterations of load_imbalance", () => {
    const options = parse("-steps 20 -width 4 -kernel load_imbalance -iter 1000 -imbalance 0.5");
    const iterations = Array.from({ length: 80 }, (_, i) => unevenIterations(options.graphs[0]!, i >> 2, i & 3));
    assert.ok(iterations.every((it) => it >= 750 && it <= 1250 && Number.isInteger(it)));
    assert.ok(new Set(iterations).size > 40);
    assert.equal(count(options).flops, iterations.reduce((sum, it) => sum + 128 * it + 64, 0)); // biome-ignore format: one line
  });

  it("estimates what stays within a node", () => {
    const { dependencies, localDependencies, localBytes, nonlocalBytes } = count(
      parse("-type stencil_1d -steps 2 -nodes 2 -output 32"),
    );
    assert.deepEqual([dependencies, localDependencies, localBytes, nonlocalBytes], [10, 8, 256, 64]);
  });

  it("has the lines that the scripts of Task Bench look for", () => {
    const options = parse("-type stencil_1d -steps 5 -kernel compute_bound -iter 10 -output 64 -nodes 2");
    const text = `${display(options, "WebAssembly SIMD")}\n${reportTiming(options, 0.00123)}\n`;
    const find = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
    assert.equal(find(/^\s*Elapsed Time ([0-9.e+-]+) seconds$/m), "1.230000e-03");
    assert.equal(find(/^\s*Iterations: ([0-9]+)$/m), "10");
    assert.equal(find(/^\s*Output Bytes: ([0-9]+)$/m), "64");
    assert.equal(find(/^\s*Time Steps: ([0-9]+)$/m), "5");
    assert.equal(find(/^\s*Max Width: ([0-9]+)$/m), "4");
    assert.equal(find(/^\s*Total Tasks ([0-9]+)$/m), "20");
    assert.equal(find(/^\s*Total FLOPs ([0-9]+)$/m), "26880");
    assert.equal(find(/^\s*Total Bytes ([0-9]+)$/m), "0");
    assert.equal(find(/^ {2}Nonlocal Dependencies ([0-9]+) \(estimated\)$/m), "8");
  });

  it("prints dependences with -v, and readers with -vv", () => {
    const text = display(parse("-vv -type tree -steps 2 -width 2"), "");
    assert.match(text, /Timestep 1 \(offset 0, width 2, last offset 0, last width 1\):/);
    assert.match(text, /Dependencies \(set 0\):\n {10}Point 0: 0\n {10}Point 1: 0\n/);
    assert.match(text, /Reverse Dependencies \(set 0\):\n {10}Point 0: \[0, 1\]/);
  });

  it("writes numbers as %e does", () => {
    assert.deepEqual([0, 1, 1.5e-7, 123456789, 1e100].map(exponential), [
      "0.000000e+00",
      "1.000000e+00",
      "1.500000e-07",
      "1.234568e+08",
      "1.000000e+100",
    ]);
  });

  it("goes through the slices of the scratch memory in turn, and wraps", () => {
    const { graphs } = parse("-kernel memory_bound -scratch 1024 -sample 4 -iter 6");
    assert.deepEqual([...runsOf(graphs[0]!, 0)], [[0, 4], [0, 2]]); // biome-ignore format: one line
    assert.deepEqual([...runsOf(graphs[0]!, 1)], [[2, 2], [0, 4]]); // biome-ignore format: one line
  });
});
