import assert from "node:assert/strict";
import { test } from "node:test";
import type { DocumentSymbol } from "vscode-languageclient/node";

import { withoutStatuses } from "../../src/hover.ts";
import { notices } from "../../src/notices.ts";
import { firstOpen, workItems } from "../../src/work.ts";
import { increment } from "./fixtures.ts";

const nobody = () => false;
const login = (status: string, metadataStatus = status) => increment("0001-login", status, { title: "Login", metadataStatus });

test("another program desyncs or closes an increment: told once", () => {
  assert.deepEqual(notices([login("active")], [login("active", "completed")], nobody), ["0001 Login is desynced: active ≠ completed"]);
  assert.deepEqual(notices([login("active", "completed")], [login("active", "completed")], nobody), [], "known already");
  assert.deepEqual(notices([login("active")], [login("completed")], nobody), ["0001 Login was closed by another program"]);
  assert.deepEqual(notices([login("active", "completed")], [login("completed")], nobody), ["0001 Login was closed by another program"]);
  assert.deepEqual(notices([login("active")], [login("paused")], nobody), []);
});

test("nothing of what this editor did, of what is new, or of what is back in sync", () => {
  assert.deepEqual(notices([login("active")], [login("completed")], (folder) => folder.endsWith("0001-login")), []);
  assert.deepEqual(notices([], [login("active", "completed")], nobody), [], "the first list");
  assert.deepEqual(notices([login("active", "completed")], [login("active")], nobody), []);
});

test("many at once are counted", () => {
  const all = (status: string) => [1, 2, 3].map((number) => increment(`000${number}-x`, status));
  assert.deepEqual(notices(all("active"), all("completed"), nobody), ["Another program desynced or closed 3 increments"]);
});

test("what the finding above a hover says is not said again", () => {
  const text = "**0047-x**: Title\n\n[spec.md](file:///p/spec.md): `active` ≠ [metadata.json](file:///p/metadata.json): `completed`\n\n1/2 tasks";
  assert.equal(withoutStatuses(text), "**0047-x**: Title\n\n1/2 tasks");
  const agreed = text.replace("≠", "·");
  assert.equal(withoutStatuses(agreed), agreed);
});

test("criteria and tasks are read from the outline", () => {
  const range = (line: number) => ({ start: { line, character: 0 }, end: { line, character: 9 } });
  const symbol = (name: string, line: number, children: DocumentSymbol[] = []): DocumentSymbol => ({ name, kind: 5, range: range(line), selectionRange: range(line), children });
  const spec = [symbol("Frontmatter", 0), symbol("US-001: Log in", 5, [symbol("☑ AC-US1-01: By mail", 6), symbol("☐ AC-US1-02: By key", 7)]), symbol("☐ AC-01", 9)];
  assert.deepEqual(workItems(spec, "criterion").map(({ name, title, done, line }) => [name, title, done, line]), [
    ["AC-US1-01", "By mail", true, 6],
    ["AC-US1-02", "By key", false, 7],
    ["AC-01", "", false, 9],
  ]);
  assert.equal(firstOpen(workItems(spec, "criterion")), 7);
  const tasks = [symbol("☑ T-001: One", 2)];
  assert.deepEqual(workItems(tasks, "task").map((item) => item.name), ["T-001"]);
  assert.deepEqual(workItems(tasks, "criterion"), []);
  assert.equal(firstOpen(workItems(tasks, "task")), undefined);
});
