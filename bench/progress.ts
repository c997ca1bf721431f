/**
 * What a program is doing, on standard error: one line that is written over on a terminal, plain lines elsewhere. A program that
 * `npm run bench:report` has started tells it instead.
 */
export interface Progress {
  /** @param share How much is done, 0 to 1, where that is known. */
  show(text: string, share?: number): void;
  clear(): void;
}

/** What a part of a report sends to the program that started it. */
export interface ProgressMessage {
  readonly text: string;
  readonly share?: number;
}

/** Plain lines that differ in numbers only, or that say how much is done, come at most so often; every other line is printed. */
const PLAIN_EVERY_MS = 10_000;

export function progress(out: NodeJS.WriteStream = process.stderr): Progress {
  if (process.send) {
    // Without the program that started it, nobody waits for the result.
    process.once("disconnect", () => process.exit(1));
    process.channel?.unref();
    return {
      show: (text, share) => process.send!({ text, ...(share !== undefined && { share }) } satisfies ProgressMessage),
      clear: () => {},
    };
  }
  const began = performance.now();
  const withShare = (text: string, share = 0): string => {
    if (share < 0.02) return text;
    const seconds = (performance.now() - began) / 1000;
    return `${text} (${Math.floor(share * 100)} %, about ${duration((seconds / share) * (1 - share))} left)`;
  };
  if (out.isTTY) {
    return {
      show: (text, share) => out.write(`\r\x1b[K${withShare(text, share).slice(0, (out.columns || 80) - 1)}`),
      clear: () => out.write("\r\x1b[K"),
    };
  }
  let last = "";
  let shown = Number.NEGATIVE_INFINITY;
  return {
    show(text, share) {
      const kind = text.replace(/\d+/g, "");
      if ((kind === last || share !== undefined) && performance.now() - shown < PLAIN_EVERY_MS) return;
      last = kind;
      shown = performance.now();
      out.write(`${withShare(text, share)}\n`);
    },
    clear() {},
  };
}

/** Seconds as one reads them: 45 s, 12 min, 1 h 5 min. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 100) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
