/**
 * Puts the modules that every program loads into a few files, in the compiled package. Loading a module costs Node about a millisecond of work for each thread, whatever it
 * holds. Each module's own file stays and hands on what lies elsewhere now; so what is loaded on demand, and the command, meet the same modules.
 */
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { rolldown } from "rolldown";
import { relativeSpecifiers } from "./specifiers.ts";

/** What a thread that is recorded or replayed loads first: without the layers above `task`, which ask for a platform. */
const CORE = /^(errors\.js|place\/in-order\.js|(platform|shared|trace|sched|task)\/)/;

/** The files, by what they hold; the first that fits. A file lies as deep as its modules: URLs relative to a module stay right. */
const FILES: readonly (readonly [file: string, fits: (name: string, always: boolean) => boolean])[] = [
  ["joined/core", (name, always) => always && CORE.test(name)],
  ["pattern/joined", (name) => name.startsWith("pattern/")], // apart, since `heddle check` rewrites this layer
  ["joined/surface", (_name, always) => always],
  ["joined/worker", () => true],
];
/** The explorer puts another one in the place of the first; `heddle check` needs the second before it has rewritten its layer. */
const APART = new Set(["shared/atomics.js", "pattern/generate.js"]);

export async function joinModules(dist: string): Promise<void> {
  const always = reachable(join(dist, "surface.js"));
  const modules = [...reachable(join(dist, "sched/worker.js"), new Set(always))]
    .map((file) => relative(dist, file))
    .filter((name) => !APART.has(name));
  const joined = new Set(modules.map((name) => join(dist, name)));
  const bundle = await rolldown({
    input: Object.fromEntries(modules.map((name) => [name.slice(0, -".js".length), join(dist, name)])),
    external: (id, importer) => !joined.has(id.startsWith(".") && importer !== undefined ? join(dirname(importer), id) : id),
    treeshake: false,
  });
  await bundle.write({
    dir: dist,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    keepNames: true,
    codeSplitting: {
      groups: FILES.map(([name, fits]) => ({ name, test: (id: string) => fits(relative(dist, id), always.has(id)) })),
    },
  });
  await bundle.close();
}

/** What a module imports before it runs, and what that imports. */
function reachable(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(file, "utf8");
  const statically = text.replaceAll(/\bimport\((?:\s*\/\*.*?\*\/)?\s*"[^"]*"\s*\)/g, "");
  for (const specifier of relativeSpecifiers(statically)) reachable(join(dirname(file), specifier), found);
  return found;
}
