import assert from "node:assert/strict";
import { test } from "node:test";

import { linkedCommands, notRunning, statusShown } from "../../src/status_text.ts";
import { increment, status } from "./fixtures.ts";

test("coloured only for a desync or an error", () => {
  const background = (severity: "error" | "information") => statusShown(status([], "no open increments", severity)).background;
  assert.equal(background("information"), undefined);
  assert.equal(background("error"), "statusBarItem.errorBackground");
});

test("the text is the server's, behind one icon", () => {
  assert.equal(statusShown(status([increment("0001-a", "active")], "0001 1/2")).text, "$(checklist) 0001 1/2");
  assert.equal(statusShown(status([], "⊗ 0087 active ≠ completed", "error")).text, "$(error) 0087 active ≠ completed");
  assert.equal(statusShown(status([], "⊗ 1 error · 0086 5/7", "error")).text, "$(error) 1 error · 0086 5/7");
});

test("the label for screen readers is the server's", () => {
  assert.equal(statusShown(status([increment("0087-auth", "active")], "0087 1/2")).label, "what the server says");
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
  assert.ok(tooltip.includes(`[0047 us\\-task\\-linkage](command:specweave-lsp.openSpec?${argument})`), tooltip);
  assert.ok(tooltip.includes(`[Sync…](command:specweave-lsp.syncIncrement?${argument})`), tooltip);
  assert.ok(tooltip.includes("52/52 tasks · 9/12 ACs"), tooltip);
  assert.match(tooltip, /2 of 2 increments open, \*\*1 desync\*\*/);
});

test("only commands that are allowed are linked", () => {
  const texts = [statusShown(status([increment("1", "active", { metadataStatus: "paused" })], "")).tooltip, notRunning().tooltip];
  const linked = texts.flatMap((text) => [...text.matchAll(/command:([\w.-]+)/g)].map(([, name]) => name));
  assert.ok(linked.length >= 4, String(linked));
  for (const name of linked) assert.ok(linkedCommands.includes(name ?? ""), name);
});

test("a long list ends with a count", () => {
  const many = Array.from({ length: 12 }, (_, number) => increment(`00${number + 10}-x`, "active"));
  assert.match(statusShown(status(many, "")).tooltip, /… and 4 more/);
});

test("the tooltip names desyncs before what is well", () => {
  const { tooltip } = statusShown(status([increment("0001-well", "active"), increment("0002-bad", "active", { metadataStatus: "paused" })], "", "error"));
  assert.ok(tooltip.indexOf("0002 bad") < tooltip.indexOf("0001 well"), tooltip);
});
