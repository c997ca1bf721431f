/** Events by time: a binary heap. */
export class Agenda {
  readonly #times: number[] = [];
  readonly #what: number[] = [];

  get size(): number {
    return this.#times.length;
  }

  push(time: number, what: number): void {
    const times = this.#times;
    const list = this.#what;
    let i = times.length;
    times.push(time);
    list.push(what);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (times[up]! <= time) break;
      times[i] = times[up]!;
      list[i] = list[up]!;
      i = up;
    }
    times[i] = time;
    list[i] = what;
  }

  pop(): { time: number; what: number } {
    const times = this.#times;
    const list = this.#what;
    const first = { time: times[0]!, what: list[0]! };
    const time = times.pop()!;
    const what = list.pop()!;
    const count = times.length;
    if (count === 0) return first;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= count) break;
      if (down + 1 < count && times[down + 1]! < times[down]!) down++;
      if (times[down]! >= time) break;
      times[i] = times[down]!;
      list[i] = list[down]!;
      i = down;
    }
    times[i] = time;
    list[i] = what;
    return first;
  }
}
