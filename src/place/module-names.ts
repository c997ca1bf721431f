/**
 * The names of modules between places. The program may lie in another folder on another machine: files are named relative to the program's
 * own folder, those of heddle relative to heddle's, everything else as it is.
 */
const PROGRAM = "program:";
const HEDDLE = "heddle:";

export class ModuleNames {
  readonly #program: string | undefined;
  readonly #heddle: string;

  /** The URLs of the two folders, with a slash at the end; no program: all names are exact. */
  constructor(program: string | undefined, heddle: string = new URL("..", import.meta.url).href) {
    this.#program = program?.startsWith("file:") === true ? program : undefined;
    this.#heddle = heddle;
  }

  outward(url: string): string {
    if (url.startsWith(this.#heddle)) return HEDDLE + url.slice(this.#heddle.length);
    if (this.#program === undefined || !url.startsWith("file:")) return url;
    return PROGRAM + relative(this.#program, url);
  }

  inward(name: string): string {
    if (name.startsWith(HEDDLE)) return new URL(name.slice(HEDDLE.length), this.#heddle).href;
    if (this.#program === undefined || !name.startsWith(PROGRAM)) return name;
    return new URL(name.slice(PROGRAM.length), this.#program).href;
  }
}

/** The way from a folder to a file, both as file URLs. */
function relative(folder: string, file: string): string {
  const from = folder.split("/").slice(0, -1);
  const to = file.split("/");
  let same = 0;
  while (same < from.length && same < to.length - 1 && from[same] === to[same]) same++;
  return `${"../".repeat(from.length - same)}./${to.slice(same).join("/")}`.replace(/^((?:\.\.\/)+)\.\//, "$1");
}
