/** One line on standard error that is written over; nothing where that is no terminal. */
export function showProgress(minimumMs = 80): { show(text: string): void; clear(): void } {
  let last = Number.NEGATIVE_INFINITY;
  const terminal = process.stderr.isTTY;
  return {
    show(text) {
      const now = performance.now();
      if (!terminal || now - last < minimumMs) return;
      last = now;
      process.stderr.write(`\r\x1b[K${text}`);
    },
    clear() {
      if (terminal) process.stderr.write("\r\x1b[K");
    },
  };
}
