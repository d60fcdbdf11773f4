import assert from "node:assert/strict";
import { test } from "node:test";

import { offeredUndo } from "../../src/undo_text.ts";

test("what was changed, and how to take it back", () => {
  const one = (status: string) => offeredUndo([{ increment: "0047-x", status }]);
  assert.deepEqual(one("completed"), { message: "0047-x closed.", argument: { increment: "0047-x" } });
  assert.deepEqual(one("paused"), { message: "0047-x is paused now.", argument: { increment: "0047-x" } });
  assert.deepEqual(offeredUndo([{ increment: "0047-x", status: "active" }], "file:///p/0047-x")?.argument, { increment: "file:///p/0047-x" });
  const two = offeredUndo([{ increment: "0047-x", status: "completed" }, { increment: "0048-y", status: "active" }]);
  assert.deepEqual(two, { message: "2 increments changed.", argument: {} });
  assert.equal(offeredUndo([]), undefined);
});
