import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { folderWith, heddle } from "../../test/cli/child.ts";

const HEDDLE = new URL("../index.ts", import.meta.url).href;

const HISTOGRAM = `import { parallelFor, shared } from "${HEDDLE}";
export async function main(args: string[]) {
  const counts = shared.int32(4);
  if (args[0] === "fail") throw new Error("as asked");
  await parallelFor(100, (i, counts) => { ${"COUNT"}; }, counts);
  console.log("out", args.join());
  return args[0] === "five" ? 5 : 0;
}`;

describe("heddle check", { concurrency: 2 }, () => {
  it("reports races on stderr and ends with 3", async (t) => {
    const cwd = folderWith({ "prog.ts": HISTOGRAM.replace("COUNT", "counts[i % 4] += 1") }, t);
    const { code, stdout, stderr } = await heddle(["check", "prog.ts", "--", "-x"], { cwd });
    assert.deepEqual([code, stdout], [3, "out -x\n"], stderr);
    assert.match(stderr, /element \d of 4 in an Int32Array made at prog\.ts:3:18/);
    assert.match(
      stderr,
      /writes at prog\.ts:5:43 {3}counts\[i % 4\] \+= 1\n +in iteration \d+ of parallelFor, spawned at prog\.ts:5:9/,
    );
    assert.match(stderr, /1 race was found/);
  });

  it("--places: all places in one thread; the report says at which place", async (t) => {
    const program = `import { sharedArray, task, world } from "${HEDDLE}";
const add = task(import.meta, (a, i) => { a.local[i]++; });
let mine = 0;
export async function main({ place, places, ...args }) {
  mine++;
  const a = await sharedArray("int32", 4 * places, { block: 4 });
  if (place === 0) {
    const one = add.at(1).spawn(a, 2);
    await add.at(1).spawn(a, 2);
    await one;
  }
  console.log(place, places, mine);
  await world.barrier();
}`;
    const cwd = folderWith({ "prog.js": program }, t);
    const [all, one, rootOnly] = await Promise.all(
      [["-p", "3"], [], ["--places", "2", "--root-only"]].map((options) => heddle(["check", ...options, "prog.js"], { cwd })),
    );
    assert.deepEqual([all!.code, all!.stdout.split("\n").sort().join()], [3, ",0 3 1,1 3 1,2 3 1"], all!.stderr);
    assert.match(all!.stderr, /element 6 of 12 in the shared array \(Int32Array\) made at prog\.js:6:19, at place 1\n/);
    assert.match(
      all!.stderr,
      /reads at prog\.js:2:43 {3}a\.local\[i\]\+\+\n {5}in add at place 1, spawned at prog\.js:\d+:\d+\n {5}in the code outside of tasks at place 0\n/,
    );
    assert.equal(one!.code, 1); // there is no place 1
    assert.match(rootOnly!.stderr, /HEDDLE_COLLECTIVE/);
  });

  it("refuses a launcher: the first process says so, the others nothing", async (t) => {
    const cwd = folderWith({ "prog.ts": HISTOGRAM.replace("COUNT", "counts[0] = i") }, t);
    const [first, other] = await Promise.all(
      ["0", "1"].map((rank) =>
        heddle(["check", "prog.ts"], { cwd, env: { OMPI_COMM_WORLD_SIZE: "2", OMPI_COMM_WORLD_RANK: rank } }),
      ),
    );
    assert.deepEqual([first!.code, first!.stdout], [2, ""]);
    assert.match(
      first!.stderr,
      /^error: heddle check .* in one thread: start it without the launcher, and say how many places: heddle check --places 4/,
    );
    assert.doesNotMatch(first!.stderr, /race was found/);
    assert.deepEqual([other!.code, other!.stdout, other!.stderr], [0, "", ""]);
  });

  it("says nothing of races where nothing has run", async (t) => {
    const { code, stderr } = await heddle(["check", "nowhere.ts"], { cwd: folderWith({}, t) });
    assert.equal(code, 2);
    assert.doesNotMatch(stderr, /race/);
  });

  it("ends as the program does when there is none; the program's own failure comes first", async (t) => {
    const right = HISTOGRAM.replace("COUNT", "Atomics.add(counts, i % 4, 1)");
    const wrong = HISTOGRAM.replace("COUNT", "counts[0] = i");
    const cwd = folderWith({ "right.ts": right, "wrong.ts": wrong }, t);
    const run = async (...args: string[]) => (await heddle(["check", ...args], { cwd })).code;
    assert.deepEqual(
      await Promise.all([run("right.ts"), run("right.ts", "five"), run("wrong.ts", "five"), run("right.ts", "fail")]),
      [0, 5, 5, 1],
    );
  });

  it("--json writes the report to a file", async (t) => {
    const cwd = folderWith({ "prog.ts": HISTOGRAM.replace("COUNT", "counts[0] = i") }, t);
    const { stderr } = await heddle(["check", "--json", "out.json", "prog.ts"], { cwd });
    assert.doesNotMatch(stderr, /race/);
    const { races, version } = JSON.parse(await readFile(join(cwd, "out.json"), "utf8"));
    assert.equal(version, 1);
    assert.equal(races.length, 1);
    assert.equal(races[0].element, 0);
    assert.deepEqual(races[0].accesses[1].path.at(-1), { name: "the code outside of tasks" });
  });

  it("--json: a file that cannot be written is refused before the program begins", async (t) => {
    const cwd = folderWith({ "prog.ts": HISTOGRAM.replace("COUNT", "counts[0] = i") }, t);
    const { code, stdout, stderr } = await heddle(["check", "--json", "no/such/x.json", "prog.ts"], { cwd });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^error: The report cannot be written to no\/such\/x\.json: ENOENT[^\n]*\n$/);
    const over = await heddle(["check", "--json", "prog.ts", "prog.ts"], { cwd });
    assert.deepEqual([over.code, over.stdout], [2, ""]);
    assert.match(over.stderr, /--json writes a report, and prog\.ts is the name of a program/);
  });

  it("says of options of heddle run that a check is always on one thread", async (t) => {
    const cwd = folderWith({ "prog.ts": HISTOGRAM.replace("COUNT", "counts[0] = i") }, t);
    for (const [name, ...value] of [["workers", "2"], ["watch-stuck", "5s"], ["trace", "x.json"], ["stats"]]) {
      const { code, stdout, stderr } = await heddle(["check", `--${name}`, ...value, "prog.ts"], { cwd });
      assert.deepEqual([code, stdout], [2, ""]);
      assert.equal(stderr, `error: heddle check runs a program once, always on one thread: --${name} belongs to heddle run.\n`);
    }
  });

  it("quotes the source with its types, and says where heddle's own tasks were asked for", async (t) => {
    const program = `import { type MainArguments, parallelFor, shared, sharedArray, task, world } from "${HEDDLE}";
const wr = task(import.meta, (x: Int32Array): void => { x[3]! += 5; });
const len = task(import.meta, (x: Int32Array): number => x.length);
export default async function main({ place, places }: MainArguments) {
  const a = await sharedArray("int32", 4 * places, { block: 4 });
  if (place === 0) await a.fill(3);
  await parallelFor.spmd(a.domain, (i: number, a: Int32Array): void => { a[0]! = i; }, a.local as Int32Array);
  await world.barrier();
  const x: Int32Array = shared.int32(8);
  const w = wr.spawn(x);
  await len.at(1 - place).spawn(x);
  await w;
}`;
    const cwd = folderWith({ "prog.ts": program }, t);
    const { code, stderr } = await heddle(["check", "-p", "2", "prog.ts"], { cwd });
    assert.equal(code, 3, stderr);
    assert.doesNotMatch(stderr, /unknown|The same two places/);
    assert.match(stderr, /The same two positions race/);
    assert.match(stderr, /writes at prog\.ts:6:26 {3}a\.fill\(3\)\n +in fill at place 1, spawned at prog\.ts:6:26\n/);
    assert.match(
      stderr,
      /writes at prog\.ts:7:74 {3}a\[0\]! = i\n +in iteration \d of parallelFor at place 1, spawned at prog\.ts:7:9\n/,
    );
    assert.match(stderr, /reads at prog\.ts:11:9 {3}len\.at\(1 - place\)\.spawn\(x\)\n/);
    assert.match(stderr, /prog\.ts:2:57 {3}x\[3\]! \+= 5\n/);
  });

  it("tells of a program that is stuck where it is in its file, as heddle run does", async (t) => {
    const program = `import { promise, task } from "${HEDDLE}";
const eat = task(import.meta, function* (f) { return yield* f; });
const relay = task(import.meta, async (f) => 1 + (await eat.at(0).spawn(f)));
export default async function main() { const p = promise(); console.log(await relay.at(0).spawn(p.future)); }
`;
    const cwd = folderWith({ "prog.js": program }, t);
    const told = async (...args: string[]) =>
      [...(await heddle([...args, "prog.js"], { cwd })).stderr.matchAll(/(?:spawned|made) at [^ ,]*prog\.js:\d+:\d+/g)].map(
        String,
      );
    const [run, check] = await Promise.all([told("run", "--workers", "0"), told("check")]);
    assert.equal(run.length, 3);
    assert.deepEqual(check, run);
  });

  it("--atomics-order lets the last visitor of a counter see what the others have written", async (t) => {
    const last = `import { parallelFor, shared } from "${HEDDLE}";
export const main = () => parallelFor(8, (i, parts, left) => {
  parts[i] = 1;
  if (Atomics.sub(left, 0, 1) === 1) for (let k = 0; k < 8; k++) parts[k]++;
}, shared.int32(8), shared.from(Int32Array.of(8)));`;
    const cwd = folderWith({ "last.ts": last }, t);
    const run = async (...args: string[]) => (await heddle(["check", ...args, "last.ts"], { cwd })).code;
    assert.deepEqual(await Promise.all([run(), run("--atomics-order")]), [3, 0]);
  });

  it("--atomics-order: get and put are atomic, and a turn with a lock comes after the turns before it", async (t) => {
    const program = `import { heapAt, sharedLock, task } from "${HEDDLE}";
const first = task(import.meta, async (p, lock) => { await p.put(1); (await lock.lock()).unlock(); await p.put(1, 1); });
const then = task(import.meta, async (p, lock) => { for (let i = 0; i < 50; i++) await null; (await lock.lock()).unlock(); p.local()[0]++; await p.get(1); });
export async function main() {
  const [p, lock] = [await heapAt(0).int32(2), sharedLock()];
  const one = first.spawn(p, lock);
  await Promise.all([one, then.spawn(p, lock)]);
}`;
    const cwd = folderWith({ "turns.js": program }, t);
    const run = (...args: string[]) => heddle(["check", ...args, "turns.js"], { cwd });
    const [plain, ordered] = await Promise.all([run(), run("--atomics-order")]);
    assert.equal(plain.code, 3, plain.stderr);
    assert.match(
      plain.stderr,
      /element 0 of 2 in an Int32Array.* in the operation put, which may happen until its future is there/s,
    );
    assert.equal(ordered.code, 0, ordered.stderr);
  });

  it("says what is not watched", async (t) => {
    const odd = `import { shared, spawn } from "${HEDDLE}";
export const main = () => spawn([shared.int32(1)], (a: Int32Array | null) => a?.[0].toFixed(1));`;
    const cwd = folderWith(
      { "odd.ts": odd, "run.ts": `import "./sub.ts";\nexport { main } from "./odd.ts";`, "sub.ts": "enum A { B }" },
      t,
    );
    const { code, stderr } = await heddle(["check", "odd.ts"], { cwd });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Not watched[^\n]*:\n +odd\.ts:2: an element in the middle of an optional chain/);
    const other = await heddle(["check", "run.ts"], { cwd });
    assert.equal(other.code, 1);
    assert.match(other.stderr, /ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX/);
  });

  it("names the arrays that WebAssembly kernels get", async () => {
    const program = new URL("../../examples/matmul.ts", import.meta.url).pathname;
    const { code, stderr } = await heddle(["check", program, "--", "-n", "8"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /the WebAssembly kernel multiplyTile on a Float64Array of 512 bytes, made at .*matmul\.ts:\d+:/);
  });
});
