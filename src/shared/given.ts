/** What calls are given, in the words of error messages. */
import { UsageError } from "../errors.ts";

/** A value as a message shows it: strings in quotes, so that "1" is not taken for 1. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return `an object of class ${value.constructor?.name ?? "null"}`;
  return String(value);
}

/**
 * Refuses names that no option has: misspelt ones would be passed over in silence.
 *
 * @throws UsageError `HEDDLE_USAGE`
 */
export function checkNames(options: object, names: readonly string[], what: string): void {
  if (typeof options !== "object" || options === null) {
    throw new UsageError(`${what}: options is ${shown(options)}; it must be an object with ${names.join(", ")}`);
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`${what}: there is no option ${unknown}; there is ${names.join(", ")}`);
}
