import { suite } from "node:test";
import { holds, needs } from "./harness.ts";

const scenario = new URL("./mailbox.scenario.ts", import.meta.url);
const MAILBOX = "shared/mailbox";

suite("mailbox", () => {
  holds(scenario, ["oneSender", "twoSenders", "threeSenders", "nodesComeBack"]);

  needs(
    scenario,
    "twoSenders",
    MAILBOX,
    "if (compareExchange(i32, box, head, node | 0) === head) return;",
    "exchange(i32, box, node | 0); return;",
  );
  needs(
    scenario,
    "oneSender",
    MAILBOX,
    "i32[next] = head; // plain: the node is still ours; the compare-exchange below publishes it\n    if (compareExchange(i32, box, head, node | 0) === head) return;",
    "if (compareExchange(i32, box, head, node | 0) === head) { i32[next] = head; return; }",
    { plain: true },
  );
  needs(
    scenario,
    "oneSender",
    MAILBOX,
    "let node = exchange(i32, box, 0);",
    "let node = load(i32, box); compareExchange(i32, box, node, 0); ",
  );
});
