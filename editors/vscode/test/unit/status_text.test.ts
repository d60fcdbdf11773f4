import assert from "node:assert/strict";
import { test } from "node:test";

import { linkedCommands, notRunning, statusShown } from "../../src/status_text.ts";
import { increment, status } from "./fixtures.ts";

test("the colour follows the severity", () => {
  const background = (severity: "error" | "warning" | "information") => statusShown(status([], "no open increments", severity)).background;
  assert.equal(background("information"), undefined);
  assert.equal(background("warning"), "statusBarItem.warningBackground");
  assert.equal(background("error"), "statusBarItem.errorBackground");
});

test("the text is the server's, behind an icon", () => {
  const shown = statusShown(status([increment("0001-a", "active")], "[0001-a] ████░░░░ 1/2 tasks"));
  assert.equal(shown.text, "$(checklist) [0001-a] ████░░░░ 1/2 tasks");
});

test("a desync of an increment that the text does not name is counted", () => {
  const closed = increment("0002-b", "completed", { metadataStatus: "active" });
  assert.equal(statusShown(status([closed], "no open increments", "error")).text, "$(error) no open increments · 1 desync");
});

test("the mark of a desync stands where the server has put it; bars only where there is room", () => {
  const open = increment("0001-a", "active", { metadataStatus: "completed" });
  assert.equal(statusShown(status([open], "⚠ [0001-a] 1/2 tasks", "error")).text, "$(error) [0001-a] 1/2 tasks");
  assert.equal(statusShown(status([open], "[0000-b] ░░░░░░░░ 0/1 tasks · ⚠ [0001-a] ████░░░░ 1/2 tasks", "error")).text, "$(checklist) [0000-b] 0/1 tasks · $(error) [0001-a] 1/2 tasks");
});

test("a name cannot become an icon, markdown, or a link", () => {
  const evil = increment("0001-$(bug)-[x](command:evil)-*b*", "active");
  const shown = statusShown(status([evil], `[${evil.id}]`));
  assert.ok(!shown.text.includes("$(bug)"), shown.text);
  assert.ok(!shown.tooltip.includes("[x](command:evil)"), shown.tooltip);
  assert.match(shown.tooltip, /\\\*b\\\*/);
});

test("the tooltip links to spec.md and to syncing, with the increment as argument", () => {
  const one = increment("0047-us-task-linkage", "active", { metadataStatus: "completed", tasks: { done: 52, total: 52 }, criteria: { done: 9, total: 12 } });
  const { tooltip } = statusShown(status([one, increment("0048-next", "planning")], "", "error"));
  const argument = encodeURIComponent(JSON.stringify([one.folder]));
  assert.ok(tooltip.includes(`[0047\\-us\\-task\\-linkage](command:specweave-lsp.openSpec?${argument})`), tooltip);
  assert.ok(tooltip.includes(`[Sync…](command:specweave-lsp.syncIncrement?${argument})`), tooltip);
  assert.ok(tooltip.includes("52/52 tasks · 9/12 criteria"), tooltip);
  assert.match(tooltip, /2 of 2 increments open, \*\*1 desync\*\*/);
});

test("only commands that are allowed are linked", () => {
  const texts = [statusShown(status([increment("1", "active", { metadataStatus: "paused" })], "")).tooltip, notRunning.tooltip];
  const linked = texts.flatMap((text) => [...text.matchAll(/command:([\w.-]+)/g)].map(([, name]) => name));
  assert.ok(linked.length >= 4, String(linked));
  for (const name of linked) assert.ok(linkedCommands.includes(name ?? ""), name);
});

test("a long list ends with a count", () => {
  const many = Array.from({ length: 12 }, (_, number) => increment(`00${number + 10}-x`, "active"));
  assert.match(statusShown(status(many, "")).tooltip, /… and 4 more/);
});
