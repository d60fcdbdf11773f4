import assert from "node:assert/strict";
import { test } from "node:test";

import { allPages, contextValue, filtered, flat, grouped, pickSections } from "../../src/listing.ts";
import { nameBeside, shortProgress } from "../../src/statuses.ts";
import { increment } from "./fixtures.ts";

const list = [
  increment("0001-old", "completed", { created: "2025-01-01" }),
  increment("0002-older-open", "active", { created: "2025-02-01", tasks: { done: 7, total: 9 }, criteria: { done: 3, total: 4 } }),
  increment("0003-odd", "imported"),
  increment("0004-incident", "active", { metadataStatus: "completed" }),
  increment("0005-plan", "planned", { open: true }),
  increment("0006-new-open", "active", { created: "2025-03-01" }),
  increment("0007-done", "completed"),
  increment("0008-nothing", null),
  increment("0009-paused", "paused"),
];

test("a long list is asked for page by page", async () => {
  const asked: number[] = [];
  const all = await allPages((from) => {
    asked.push(from);
    const next = from + 4 < list.length ? from + 4 : null;
    return Promise.resolve({ increments: list.slice(from, from + 4), next });
  });
  assert.deepEqual(all, list);
  assert.deepEqual(asked, [0, 4, 8]);
  assert.deepEqual(await allPages(() => Promise.resolve({ increments: list })), list);
  await assert.rejects(allPages(() => Promise.reject(new Error("gone"))), /gone/);
});

test("the tree: desyncs on top, then what is worked on, then the rest", () => {
  const shown = grouped(list).map((group) => [group.label, group.increments.map((one) => one.id), group.folded]);
  assert.deepEqual(shown, [
    ["Statuses Disagree", ["0004-incident"], false],
    ["Active", ["0002-older-open", "0006-new-open"], false],
    ["Planning", ["0005-plan"], false],
    ["Paused", ["0009-paused"], false],
    ["Completed", ["0007-done", "0001-old"], true],
    ["No Status", ["0008-nothing"], true],
    ["imported", ["0003-odd"], true],
  ]);
});

test("the quick pick: what disagrees, what is open, the rest; with progress", () => {
  const sections = pickSections(list);
  assert.deepEqual(
    sections.map((section) => [section.title, section.items.map((item) => item.increment.id)]),
    [
      ["statuses disagree", ["0004-incident"]],
      ["open", ["0002-older-open", "0006-new-open", "0005-plan"]],
      ["not open", ["0009-paused", "0007-done", "0001-old", "0008-nothing", "0003-odd"]],
    ],
  );
  const [incident, first] = sections.flatMap((section) => section.items.slice(0, 1));
  assert.deepEqual([incident?.label, incident?.description], ["$(error) 0004 incident", "active ≠ completed"]);
  assert.equal(first?.description, "Active · 7/9 tasks · 3/4 ACs");
});

test("several projects are told apart", () => {
  const one = increment("0001-a", "active", { title: "Login" });
  const other = increment("0001-a", "active", { root: "file:///b%20c/", folder: "file:///b%20c/.specweave/increments/0001-a" });
  const details = (items: typeof list) => pickSections(items).flatMap((section) => section.items.map((item) => item.detail));
  assert.deepEqual(details([one]), ["0001-a"]);
  assert.deepEqual(details([one, other]), ["0001-a — project", "0001-a — b c"]);
});

test("what can be done with an increment", () => {
  assert.equal(contextValue(increment("1", "active")), "increment closable changeable");
  assert.equal(contextValue(increment("1", "completed")), "increment changeable");
  assert.equal(contextValue(increment("1", "done")), "increment changeable");
  assert.equal(contextValue(increment("1", "active", { metadataStatus: "completed" })), "increment desync");
  assert.equal(contextValue(increment("1", "odd", { next: [] })), "increment closable");
});

test("the short progress is that of the tasks, else of the acceptance criteria", () => {
  const count = (done: number, total: number) => ({ done, total });
  assert.equal(shortProgress({ tasks: count(6, 8), criteria: count(1, 2) }), "6/8");
  assert.equal(shortProgress({ tasks: count(0, 0), criteria: count(1, 2) }), "1/2");
  assert.equal(shortProgress({ tasks: null, criteria: null }), "");
});

test("only what is open or desynced, and without groups", () => {
  const ids = (increments: typeof list) => increments.map((one) => one.id);
  assert.deepEqual(ids(filtered(list, { openOnly: true, byStatus: true })), ["0002-older-open", "0004-incident", "0005-plan", "0006-new-open"]);
  assert.deepEqual(ids(filtered(list, { openOnly: false, byStatus: true })), ids(list));
  assert.deepEqual(ids(flat([...list].reverse())), ids(list));
});

test("a name leaves room for the statuses beside it", () => {
  assert.equal(nameBeside("0047 Link user stories and tasks", "active ≠ completed"), "0047 Link…");
  assert.equal(nameBeside("0047 Short", "active ≠ completed"), "0047 Short");
  assert.equal(nameBeside("0047 Donaudampfschifffahrtsgesellschaft", "ready_for_review ≠ ready-for-review"), "0047 Donaud…");
  for (const name of ["0047 A name of many words that go on and on", "x".repeat(60)]) {
    const statuses = "planning ≠ active";
    assert.ok(`${nameBeside(name, statuses)} ${statuses}`.length <= 33, nameBeside(name, statuses));
  }
});
