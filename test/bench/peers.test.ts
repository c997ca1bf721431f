/** The peers in C++ compute what the applications do, at small sizes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compile, openmp, type Peer, plain, runPeer } from "../../bench/apps/peer.ts";
import { published } from "../../examples/bots/health/country.ts";
import { publishedTrees } from "../../examples/uts.ts";

const tiled = (name: string): Peer => ({ ...openmp(name), also: ["tiles.hpp"] });

function peer(
  program: Peer,
  what: string,
  args: readonly (number | string)[],
  check: (found: Record<string, number>) => void,
): void {
  const compiled = compile(program);
  const skip = "missing" in compiled ? compiled.missing : false;
  it(`${program.name}: ${what}`, { skip }, async () => {
    if ("path" in compiled) check(await runPeer(compiled.path, ...args));
  });
}

describe("peers of the applications", () => {
  peer(tiled("queens"), "the solutions of 10 queens", [2, 10], ({ solutions }) => assert.equal(solutions, 724));
  peer(tiled("merge-sort"), "sorts", [2, 100_000], ({ sorted }) => assert.ok(sorted));
  peer(tiled("health"), "the figures of BOTS", [2, 3, 18, 365], ({ people, checkIns, averageStay }) => {
    const { census } = published.test!;
    assert.deepEqual([people, checkIns], [census.people, census.checkIns]);
    assert.ok(Math.abs(averageStay! - census.averageStay) < 1e-6);
  });
  const { tree, nodes, leaves, depth } = publishedTrees.T3;
  const { kind, shape, depth: d, branching, seed, q, m, shift } = tree;
  peer(plain("uts"), "the counts of tree T3", [kind, shape, d, branching, seed, q, m, shift], (found) =>
    assert.deepEqual([found.nodes, found.leaves, found.depth], [nodes, leaves, depth]),
  );
});
