/** A place in a lambda's text, and what to say about it. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly note: string;
}

const WIDTH = 110;

/** Line and column in `text`, both counted from 1. */
export function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** One excerpt per mark: the line, and below it carets and the note. */
export function excerpts(text: string, marks: readonly Mark[]): string {
  const lines = text.split("\n");
  const gutter = String(lines.length).length;
  const shown: string[] = [];
  for (const { start, end, note } of marks) {
    const { line, column } = position(text, start);
    const { window, indent } = clip(lines[line - 1].trimEnd(), column - 1);
    const carets = "^".repeat(Math.max(1, Math.min(end - start, window.length - indent.length)));
    shown.push(`  ${String(line).padStart(gutter)} | ${window}`);
    shown.push(`  ${" ".repeat(gutter)} | ${indent}${carets} ${note} (${line}:${column})`);
  }
  return shown.join("\n");
}

// Minified text puts everything on one line: shows what surrounds the column. Tabs stay, so that the caret keeps its place.
function clip(line: string, column: number): { window: string; indent: string } {
  let from = 0;
  let to = line.length;
  if (line.length > WIDTH) {
    from = Math.max(0, Math.min(column - WIDTH / 2, line.length - WIDTH));
    to = from + WIDTH;
  }
  const head = from > 0 ? "..." : "";
  const tail = to < line.length ? "..." : "";
  const window = head + line.slice(from, to) + tail;
  return { window, indent: window.slice(0, column - from + head.length).replace(/[^\t]/g, " ") };
}

/** "a", "a and b", "a, b and c". */
export function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

/** `file:line:column` of the call of `callee`, where the engine can tell. */
export function callSite(callee: Function): string | undefined {
  if (typeof Error.captureStackTrace !== "function") return undefined;
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  const frame = holder.stack?.split("\n").find((line) => /^\s+at /.test(line));
  return frame?.match(/\(?((?:\w+:)?[/\\].*:\d+:\d+)\)?$/)?.[1];
}
