import { parseArgs } from "node:util";

/**
 * Command-line options of an example, typed by their defaults: a number stays a number. One-letter names are short
 * flags (`-n 30`), longer ones long (`--out file`). With `--help` it prints the usage and returns undefined.
 */
export function readOptions<D extends Record<string, number | string | boolean>>(
  args: readonly string[],
  usage: string,
  defaults: D,
): { [K in keyof D]: D[K] extends number ? number : D[K] extends boolean ? boolean : string } | undefined {
  const specs = Object.fromEntries(
    Object.entries({ help: false, ...defaults }).map(([name, value]) => [
      name,
      {
        type: typeof value === "boolean" ? ("boolean" as const) : ("string" as const),
        ...(name.length === 1 && { short: name }),
      },
    ]),
  );
  const { values } = parseArgs({ args: [...args], options: specs });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  const read = Object.entries(defaults).map(([name, fallback]) => {
    const given = values[name];
    if (given === undefined || typeof fallback !== "number") return [name, given ?? fallback];
    const number = Number(given);
    if (given === "" || Number.isNaN(number)) throw new RangeError(`-${name} needs a number, got "${given}"`);
    return [name, number];
  });
  return Object.fromEntries(read);
}
