/** Where a position of a rewritten module is in its file. Nothing has moved to another line, so this is about columns. */
import { plainUrl } from "../shared/module-place.ts";

/** Text that was taken over as it stood. */
export interface Kept {
  /** Where it begins in the rewritten text, and in that of the file. */
  readonly to: number;
  readonly from: number;
  readonly length: number;
}

interface Rewritten {
  readonly source: string;
  readonly text: string;
  readonly kept: readonly Kept[];
  /** Of both texts; made when they are asked for. */
  lines: { readonly source: readonly number[]; readonly text: readonly number[] } | null;
}

export class Positions {
  readonly #modules = new Map<string, Rewritten>();

  add(file: string, source: string, text: string, kept: readonly Kept[]): void {
    this.#modules.set(plainUrl(file), { source, text, kept, lines: null });
  }

  /** Of what the rewriting has put there, where it was put. */
  columnOf(file: string, line: number, column: number): number {
    const module = this.#modules.get(plainUrl(file));
    if (module === undefined) return column;
    const lines = (module.lines ??= { source: lineStarts(module.source), text: lineStarts(module.text) });
    const at = lines.text[line - 1]! + column - 1;
    const kept = module.kept.findLast((it) => it.to <= at);
    if (kept === undefined) return column;
    return Math.max(1, kept.from + Math.min(at - kept.to, kept.length) - lines.source[line - 1]! + 1);
  }
}

export function lineStarts(text: string): number[] {
  const lines = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.push(at + 1);
  return lines;
}
