import assert from "node:assert/strict";
import { test } from "node:test";

import { withReason } from "../../src/reason.ts";

test("the reason follows the title, and names the increment once", () => {
  const title = "Close increment 0047-x";
  assert.equal(withReason(title, "0047-x cannot be closed yet: 1 of 52 tasks are open."), "Close increment 0047-x (cannot be closed yet: 1 of 52 tasks are open)");
  assert.equal(withReason(title, "The statuses of 0047-x disagree."), "Close increment 0047-x (The statuses of 0047-x disagree)");
});
