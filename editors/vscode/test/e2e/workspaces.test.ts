import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { incident, onDisk, write } from "../project.ts";
import { until } from "../until.ts";
import { scenario } from "./scenario.ts";

const twoRoots = (folder: string) => {
  write(path.join(folder, "shop"), incident, { spec: "active", metadata: "completed" });
  write(path.join(folder, "api"), incident, { spec: "active", metadata: "active" });
  write(path.join(folder, "api"), "0048-tokens", { spec: "planning", metadata: "active" });
};

scenario("two roots with the same increment: each action finds its own", { prepare: twoRoots, roots: ["shop", "api"] }, async (workbench) => {
  await workbench.statusBar(/2 desyncs/);
  await workbench.statusItem.click();
  await workbench.rows.filter({ hasText: "0048" }).first().waitFor();
  const rows = (await workbench.rows.allInnerTexts()).join("\n");
  assert.match(rows, /0047[^]*— shop/);
  assert.match(rows, /0047[^]*— api/);
  await workbench.rows.filter({ hasText: incident }).filter({ hasText: "shop" }).first().hover();
  await workbench.rows.filter({ hasText: incident }).filter({ hasText: "shop" }).first().getByRole("button", { name: "Sync Statuses" }).click();
  await workbench.pickRow("metadata.json is right");
  await until("the first root to agree on disk", () => onDisk(path.join(workbench.folder, "shop"), incident).join() === "completed,completed");
  assert.deepEqual(onDisk(path.join(workbench.folder, "api"), incident), ["active", "active"]);
});

const odd = "ä b#c%20ü";
scenario("a path with spaces, #, % and umlauts", { name: odd, prepare: (folder) => { write(folder, incident, { spec: "active", metadata: "completed" }); } }, async (workbench) => {
  await workbench.open(incident, "spec.md");
  await workbench.squiggle("error").waitFor();
  await workbench.goto(4, 10);
  await workbench.actions();
  await workbench.choose("Set spec.md status to `completed`");
  await until("both files to agree on disk", () => onDisk(workbench.folder, incident).join() === "completed,completed");
  // Through the list, where the extension makes the URI itself.
  await workbench.statusItem.click();
  await workbench.rows.filter({ hasText: incident }).first().hover();
  await workbench.rows.filter({ hasText: incident }).first().getByRole("button", { name: "Change Status" }).click();
  await workbench.pickRow("Active");
  await until("both files changed on disk", () => onDisk(workbench.folder, incident).join() === "active,active");
});

const hostile = (folder: string) => {
  write(folder, incident, { spec: "active", metadata: "completed" });
  const program = path.join(folder, "server");
  fs.writeFileSync(program, `#!/bin/sh\ntouch '${folder}/was-run'\nexit 1\n`, { mode: 0o755 });
  fs.mkdirSync(path.join(folder, ".vscode"));
  fs.writeFileSync(path.join(folder, ".vscode/settings.json"), JSON.stringify({ "specweave-lsp.server.path": program }));
};

scenario("an untrusted workspace cannot name the program to run; warnings and fixes work", { prepare: hostile, trusted: false }, async (workbench) => {
  await workbench.page.getByText("Restricted Mode").first().waitFor();
  await workbench.open(incident, "spec.md");
  await workbench.squiggle("error").waitFor();
  await workbench.goto(4, 10);
  await workbench.actions();
  await workbench.choose("Set spec.md status to `completed`");
  await until("both files to agree on disk", () => onDisk(workbench.folder, incident).join() === "completed,completed");
  assert.equal(workbench.code.servers().length, 1, "the server inside the extension runs");
  assert.ok(!fs.existsSync(path.join(workbench.folder, "was-run")), "the workspace's program was not run");
});

scenario("a trusted one can", { prepare: hostile }, async (workbench) => {
  await workbench.notification(/did not start/);
  assert.ok(fs.existsSync(path.join(workbench.folder, "was-run")));
});
