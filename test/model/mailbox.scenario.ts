import assert from "node:assert/strict";
import { pause } from "../../src/shared/atomics.ts";
import { following, post, takeAll } from "../../src/shared/mailbox.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/** Every message arrives once, those of one sender in the order in which they were posted. */
const BOX = 0;
const FIRST = 256;
const address = (message: number): number => FIRST + 16 * message;
const nameOf = (word: number): string | undefined => {
  if (word === BOX) return "mailbox";
  const offset = word * 4 - FIRST;
  return offset >= 0 && offset % 16 === 0 ? `next[${offset / 16}]` : undefined;
};

type Body = ThreadBody<undefined, number[]>;

const sender = (...messages: number[]): Body => {
  return ({ i32 }) => {
    for (const message of messages) post(i32, BOX, address(message));
    return [];
  };
};

function read(i32: Int32Array): number[] {
  const messages: number[] = [];
  for (let node = takeAll(i32, BOX); node !== 0; ) {
    const next = following(i32, node);
    i32[node >>> 2] = -1; // the node is free for other uses
    messages.push((node - FIRST) / 16);
    node = next;
  }
  return messages;
}

const receiver = (count: number): Body => {
  return ({ i32 }) => {
    const messages: number[] = [];
    while (messages.length < count) {
      const news = read(i32);
      if (news.length === 0) pause();
      messages.push(...news);
    }
    return messages;
  };
};

function delivery(senders: number[][]) {
  const count = senders.flat().length;
  return scenario<undefined, number[]>({
    threads: [receiver(count), ...senders.map((messages) => sender(...messages))],
    check(_, [received]) {
      assert.deepEqual(received!.toSorted(), senders.flat().toSorted());
      for (const messages of senders) {
        assert.deepEqual(
          received!.filter((message) => messages.includes(message)),
          messages,
        );
      }
    },
    nameOf,
  });
}

export const oneSender = delivery([[1, 2, 3]]);
export const twoSenders = delivery([
  [1, 2],
  [3, 4],
]);
export const threeSenders = delivery([[1], [2], [3]]);

/** Messages go round: who has received one posts it again, so that a node comes back while others are posting (ABA). */
export const nodesComeBack = scenario<undefined, number[]>({
  threads: [
    ({ i32 }) => {
      const seen: number[] = [];
      while (seen.length < 5) {
        const news = read(i32);
        if (news.length === 0) pause();
        for (const message of news) if (message === 1 && seen.filter((it) => it === 1).length < 2) post(i32, BOX, address(1));
        seen.push(...news);
      }
      return seen;
    },
    sender(1, 2),
    sender(3),
  ],
  check(_, [seen]) {
    assert.deepEqual(seen!.toSorted(), [1, 1, 1, 2, 3]);
  },
  nameOf,
});
