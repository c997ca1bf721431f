import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkGraph, Graph } from "../../bench/task-bench/core/graph.ts";
import { complete, defaults, type Parameters } from "../../bench/task-bench/core/parameters.ts";
import { patternNames } from "../../bench/task-bench/core/patterns.ts";
import { uniform } from "../../bench/task-bench/core/random.ts";

const graphOf = (parameters: Partial<Parameters>): Graph => new Graph(complete({ ...defaults, ...parameters }));
const dependencies = (graph: Graph, set = 0): unknown =>
  Array.from({ length: graph.width }, (_, p) => graph.dependencies(set, p));
const consumers = (graph: Graph, set = 0): unknown => Array.from({ length: graph.width }, (_, p) => graph.consumers(set, p));

describe("dependence sets", () => {
  it("trivial, no_comm, all_to_all", () => {
    assert.deepEqual(dependencies(graphOf({ pattern: "trivial", width: 3 })), [[], [], []]);
    assert.deepEqual(dependencies(graphOf({ pattern: "no_comm", width: 3 })), [[[0, 0]], [[1, 1]], [[2, 2]]]);
    assert.deepEqual(dependencies(graphOf({ pattern: "all_to_all", width: 3 })), [[[0, 2]], [[0, 2]], [[0, 2]]]);
  });

  it("stencil_1d, with and without period", () => {
    assert.deepEqual(dependencies(graphOf({ pattern: "stencil_1d" })), [[[0, 1]], [[0, 2]], [[1, 3]], [[2, 3]]]);
    const periodic = [[[0, 1], [3, 3]], [[0, 2]], [[1, 3]], [[2, 3], [0, 0]]]; // biome-ignore format: one line
    assert.deepEqual(dependencies(graphOf({ pattern: "stencil_1d_periodic" })), periodic);
    assert.deepEqual(consumers(graphOf({ pattern: "stencil_1d_periodic" })), periodic);
  });

  it("dom widens and narrows again", () => {
    const graph = graphOf({ pattern: "dom", width: 3, steps: 6 });
    const rows = Array.from({ length: 6 }, (_, step) => [graph.offsetAt(step), graph.widthAt(step)]);
    assert.deepEqual(rows, [[0, 1], [0, 2], [0, 3], [0, 3], [1, 2], [2, 1]]); // biome-ignore format: one line
    assert.deepEqual(dependencies(graph), [[[0, 0]], [[0, 1]], [[1, 2]]]);
    assert.deepEqual(consumers(graph), [[[0, 1]], [[1, 2]], [[2, 2]]]);
    assert.deepEqual(graph.inputsOf(1, 1), [0]); // 1 is not in row 0
    assert.deepEqual(graph.inputsOf(5, 2), [1, 2]);
  });

  it("tree doubles until it is as wide as the graph", () => {
    const graph = graphOf({ pattern: "tree", width: 5, steps: 5 });
    assert.deepEqual(Array.from({ length: 5 }, (_, step) => graph.widthAt(step)), [1, 2, 4, 5, 5]); // biome-ignore format: one line
    assert.deepEqual(dependencies(graph), [[[0, 0]], [[0, 0]], [[1, 1]], [[1, 1]], [[2, 2]]]);
    assert.deepEqual(consumers(graph), [[[0, 1]], [[2, 3]], [[4, 4]], [], []]);
  });

  it("fft takes one butterfly after the other, from step 1 on", () => {
    const graph = graphOf({ pattern: "fft", width: 4 });
    assert.equal(graph.sets, 2);
    assert.deepEqual(Array.from({ length: 4 }, (_, step) => graph.setAt(step)), [1, 0, 1, 0]); // biome-ignore format: one line
    assert.deepEqual(graph.dependencies(0, 1), [[0, 0], [1, 1], [2, 2]]); // biome-ignore format: one line
    assert.deepEqual(graph.dependencies(1, 1), [[1, 1], [3, 3]]); // biome-ignore format: one line
    assert.equal(graphOf({ pattern: "fft", width: 5 }).sets, 3);
  });

  it("nearest leans to the left when the radix is even", () => {
    const graph = graphOf({ pattern: "nearest", width: 6, radix: 4 });
    assert.deepEqual(graph.dependencies(0, 3), [[1, 4]]);
    assert.deepEqual(graph.consumers(0, 3), [[2, 5]]);
    assert.deepEqual(graph.dependencies(0, 0), [[0, 1]]);
    assert.deepEqual(dependencies(graphOf({ pattern: "nearest", width: 2, radix: 0 })), [[], []]);
    assert.deepEqual(graphOf({ pattern: "nearest", width: 3, radix: 1 }).dependencies(0, 1), [[1, 1]]);
  });

  it("spread moves on with each step of the period", () => {
    const graph = graphOf({ pattern: "spread", width: 7, radix: 3, period: 3 });
    assert.deepEqual(graph.dependencies(0, 1), [[1, 1], [3, 3], [5, 5]]); // biome-ignore format: one line
    assert.deepEqual(graph.dependencies(2, 6), [[6, 6], [3, 3], [5, 5]]); // biome-ignore format: one line
    assert.deepEqual(graph.consumers(2, 0), [[0, 0], [3, 3], [1, 1]]); // biome-ignore format: one line
    assert.deepEqual(Array.from({ length: 4 }, (_, step) => graph.setAt(step)), [0, 1, 2, 0]); // biome-ignore format: one line
  });

  it("random_nearest keeps what chance connects, and itself", () => {
    const graph = graphOf({ pattern: "random_nearest", width: 12, radix: 7, fraction: 0.4, index: 2 });
    for (let set = 0; set < 3; set++) {
      for (let p = 0; p < 12; p++) {
        const kept = graph.dependencies(set, p).flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i));
        const expected = Array.from({ length: 12 }, (_, i) => i).filter(
          (i) => i >= p - 3 && i <= p + 3 && (i === p || uniform(2, 7, set, i, p) < 0.4),
        );
        assert.deepEqual(kept, expected);
      }
    }
    const all = graphOf({ pattern: "random_nearest", width: 5, radix: 3, fraction: 1 });
    assert.deepEqual(all.dependencies(0, 2), [[1, 3]]);
  });

  for (const pattern of patternNames) {
    it(`${pattern}: no point twice, every reader knows what it reads`, () => {
      for (const width of [2, 3, 4, 7, 16]) {
        for (const radix of [0, 1, 2, 3, 5]) {
          if (pattern === "spread" && (radix > width || (radix > 0 && Math.ceil(width / radix) < 2))) continue;
          if (pattern === "stencil_1d_periodic" && width < 3) continue;
          const period = pattern === "spread" ? 2 : -1;
          checkGraph(graphOf({ pattern, width, radix, period, steps: 12, fraction: 0.5 }));
        }
      }
    });

    it(`${pattern}: readers of an output are the tasks that have it as an input`, () => {
      const graph = graphOf({ pattern, width: 8, radix: 3, period: pattern === "spread" ? 2 : -1, steps: 12 });
      for (const [step, point] of graph.tasks()) {
        const readers = [...graph.tasks()].filter(([s, p]) => s === step + 1 && graph.inputsOf(s, p).includes(point));
        assert.deepEqual(
          graph.readersOf(step, point).sort((a, b) => a - b),
          readers.map(([, p]) => p),
        );
      }
    });
  }

  it("checkGraph finds a point that is named twice", () => {
    const twice = { ...complete({ ...defaults, pattern: "spread", width: 8, radix: 2, period: 2 }), period: 5 };
    assert.throws(() => checkGraph(new Graph(twice)), /depends on \d twice/);
  });
});
