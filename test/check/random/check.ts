/** Runs random programs under the race detector: does it find a race just where no path orders two accesses? */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { install } from "../../../src/check/check.ts";
import { Races } from "../../../src/check/races.ts";
import type { Block, Past } from "../../../src/check/shadow.ts";
import { type Site, Sites } from "../../../src/check/sites.ts";
import { Chance } from "./graph.ts";
import { type Access, type Limits, Program } from "./program.ts";
import { write } from "./text.ts";

interface Found {
  readonly offset: number;
  readonly lines: readonly [number, number];
}

interface Run {
  readonly won: readonly (number | undefined)[];
  readonly looks: readonly string[];
}

const LIMITS: Limits = { steps: 60, tasks: 14, elements: 4, promises: 3 };
const ELEMENT = 4;

/** All that is found, where the report keeps some examples. */
const found: Found[] = [];
const sites = new Map<number, Site>();
const addSite = Sites.prototype.add;
Sites.prototype.add = function (site: Site): number {
  const number = addSite.call(this, site);
  sites.set(number, site);
  return number;
};
const addRace = Races.prototype.add;
Races.prototype.add = function (block: Block, offset: number, before: Past, now: Past): void {
  found.push({
    offset: block.bytes === ELEMENT * LIMITS.elements ? offset : offset + ELEMENT * LIMITS.elements,
    lines: [sites.get(before.site)?.line ?? 0, sites.get(now.site)?.line ?? 0],
  });
  addRace.call(this, block, offset, before, now);
};

install();
const heddle = new URL("../../../src/index.ts", import.meta.url).href;
const { finish } = await import("../../../src/index.ts");

const isWrite = ({ how }: Access): boolean => how === "write" || how === "atomic write";
const isAtomic = ({ how }: Access): boolean => how.startsWith("atomic");
const conflict = (a: Access, b: Access): boolean => (isWrite(a) || isWrite(b)) && !(isAtomic(a) && isAtomic(b));
const overlap = (a: Access, b: Access): boolean => a.from < b.to && b.from < a.to;

/** What is wrong with what was found; empty if nothing is. */
function compare({ accesses, graph }: Program): { faults: string[]; racy: number } {
  const faults: string[] = [];
  const racy = new Set<number>();
  const pairs = new Set<string>();
  const key = (element: number, a: number, b: number): string => `${element} ${Math.min(a, b)} ${Math.max(a, b)}`;
  accesses.forEach((a, i) => {
    for (const b of accesses.slice(i + 1)) {
      if (!conflict(a, b) || !overlap(a, b) || graph.ordered(a.node, b.node)) continue;
      for (let at = Math.max(a.from, b.from); at < Math.min(a.to, b.to); at++) {
        const element = Math.floor(at / ELEMENT);
        racy.add(element);
        pairs.add(key(element, a.line.number, b.line.number));
      }
    }
  });
  const seen = new Set<number>();
  for (const { offset, lines } of found) {
    const element = Math.floor(offset / ELEMENT);
    seen.add(element);
    if (!pairs.has(key(element, ...lines)))
      faults.push(`false alarm: element ${element}, lines ${lines[0]} and ${lines[1]} are ordered`);
  }
  for (const element of racy) {
    const example = [...pairs].find((it) => it.startsWith(`${element} `))!.split(" ");
    if (!seen.has(element)) faults.push(`missed: element ${element}, for example lines ${example[1]} and ${example[2]}`);
  }
  return { faults: [...new Set(faults)], racy: racy.size };
}

const first = Number(process.argv[2] ?? 1);
const count = Number(process.argv[3] ?? 100);
const keep = process.argv[4];
const folder = mkdtempSync(join(tmpdir(), "heddle-random-"));
let [racy, quiet, ran, accesses, failed] = [0, 0, 0, 0, 0];
for (let seed = first; seed < first + count; seed++) {
  const program = new Program(new Chance(seed), LIMITS, heddle);
  if (!program.complete) continue;
  ran++;
  const file = join(folder, `seed-${seed}.mjs`);
  const text = write(program.lines);
  writeFileSync(file, text);
  found.length = 0;
  const faults: string[] = [];
  try {
    const { main, R } = (await import(pathToFileURL(file).href)) as { main(): Promise<void>; R: Run };
    await finish(async () => await main());
    for (const { id, what, node } of program.events) {
      if (what === "any" && R.won[id] !== undefined) program.graph.edge(program.events[R.won[id]]!.node, node);
    }
    program.looks.forEach(({ event, node }, i) => {
      if (R.looks[i] === "fulfilled") program.graph.edge(event.node, node);
    });
    const result = compare(program);
    faults.push(...result.faults);
    racy += result.racy;
    quiet += LIMITS.elements - result.racy;
    accesses += program.accesses.length;
  } catch (error) {
    faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  rmSync(file);
  if (faults.length === 0) continue;
  failed++;
  console.log(`SEED=${seed}\n${faults.join("\n")}`);
  if (keep !== undefined) writeFileSync(join(keep, `seed-${seed}.mjs`), text);
  else console.log(text.replace(/^/gm, "  "));
  if (failed >= 10) break;
}
rmSync(folder, { recursive: true });
console.log(`${ran} programs, ${accesses} accesses, ${racy} elements with a race, ${quiet} without, ${failed} wrong`);
if (failed > 0) process.exitCode = 1;
