const EXPLORER = new URL(".", import.meta.url).href;

/** Function, file and line of the innermost caller outside the explorer. */
export function placeOfCaller(): string {
  const frames = (new Error().stack ?? "").split("\n");
  const frame = frames.find((line) => line.includes("://") && !line.includes(EXPLORER)) ?? "";
  const [, file, line] = /([^/\\?]+)(?:\?[^:]*)?:(\d+):\d+\)?$/.exec(frame) ?? [];
  if (file === undefined) return "";
  const [, name] = /at (?:async |new )?\S*?([\w$#]+) \(/.exec(frame) ?? [];
  return `${file}:${line}${name === undefined || name === "threads" ? "" : ` ${name}`}`;
}
