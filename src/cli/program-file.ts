import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { CommandError } from "./exit-codes.ts";
import { nearest } from "./text.ts";

const ENDINGS = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];

/** Whether a file's name says that it is a program. */
export const isProgram = (file: string): boolean => [...ENDINGS, ".tsx", ".jsx"].some((ending) => file.endsWith(ending));

/** The absolute path of the program, or a CommandError that says what is there instead. */
export function locateProgram(program: string): string {
  const file = resolve(program);
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) throw new CommandError(`There is no file ${program}.${suggestion(file)}`);
  if (stats.isDirectory()) throw new CommandError(`${program} is a folder; name the program's file.${inside(file)}`);
  if (/\.[jt]sx$/.test(file)) {
    throw new CommandError(
      `${program} holds JSX, which Node cannot run. Compile it first, and run the JavaScript that comes out.`,
    );
  }
  if (!ENDINGS.some((ending) => file.endsWith(ending))) {
    throw new CommandError(`${program} is not a program: heddle runs files that end in ${ENDINGS.join(", ")}.`);
  }
  return file;
}

const shown = (file: string): string => relative(process.cwd(), file) || file;

function programsIn(folder: string): string[] {
  const isProgram = (name: string) => ENDINGS.some((ending) => name.endsWith(ending)) && !/\.(test|d)\.[cm]?ts$/.test(name);
  return readdirSync(folder).filter(isProgram).sort();
}

function suggestion(file: string): string {
  const ending = ENDINGS.find((candidate) => existsSync(file + candidate));
  if (ending !== undefined) return ` Did you mean ${shown(file + ending)}?`;
  const folder = dirname(file);
  if (!existsSync(folder)) return ` There is no folder ${shown(folder)} either.`;
  const near = nearest(basename(file), programsIn(folder));
  return near === undefined ? "" : ` Did you mean ${shown(join(folder, near))}?`;
}

function inside(folder: string): string {
  const programs = programsIn(folder).slice(0, 5);
  return programs.length === 0 ? "" : ` It holds ${programs.map((name) => shown(join(folder, name))).join(", ")}.`;
}
