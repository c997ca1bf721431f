/** A report of fake sections. Usage: fake-report FILE ROOT [--resume] NAME=PROGRAM,ARGUMENT... */
import { pathToFileURL } from "node:url";
import { report } from "../../bench/report/report.ts";
import type { Section } from "../../bench/report/sections.ts";

const [file, root, ...rest] = process.argv.slice(2) as [string, string, ...string[]];
const all = rest
  .filter((it) => it !== "--resume")
  .map((text): Section => {
    const [name, args] = text.split("=") as [string, string];
    return {
      name,
      group: name,
      command: `fake ${name}`,
      program: new URL("fake-section.ts", import.meta.url),
      args: args.split(","),
      seconds: 1,
    };
  });
process.exitCode = await report({
  all,
  chosen: all,
  quick: false,
  resume: rest.includes("--resume"),
  docs: true,
  file,
  root: pathToFileURL(`${root}/`),
});
