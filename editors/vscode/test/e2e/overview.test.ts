import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { incident, onDisk, write } from "../project.ts";
import { until } from "../until.ts";
import { scenario } from "./scenario.ts";

const prepare = (folder: string) => {
  write(folder, "0041-login", { spec: "completed", metadata: "completed", title: "Login with a passkey" });
  write(folder, "0043-search", { spec: "paused", metadata: "paused", title: "Search in tasks" });
  write(folder, "0046-export", { spec: "active", metadata: "active", title: "Export as CSV", tasks: [7, 9], criteria: [3, 4] });
  write(folder, incident, { spec: "active", metadata: "active", tasks: [52, 52], criteria: [9, 12] });
  write(folder, "0048-dark-mode", { spec: "planning", metadata: "planning", title: "Dark mode", tasks: [0, 6], criteria: [0, 5] });
};
const metadataOf = (folder: string, id: string) => path.join(folder, ".specweave/increments", id, "metadata.json");
const setStatus = (file: string, from: string, to: string) => {
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(`"status": "${from}"`, `"status": "${to}"`));
};

scenario("what another program does to an open file is seen at once, in the text and in the status bar", { prepare }, async (workbench) => {
  const calm = await workbench.statusBar(/0046.*0047.*\(\+1 more\)/);
  await workbench.shot("vscode-status-bar-calm", { x: 0, y: 730, width: 690, height: 30 });
  await workbench.open(incident, "spec.md");
  await workbench.open(incident, "metadata.json");

  const times: number[] = [];
  for (let round = 0; round < 3; round++) {
    const start = Date.now();
    setStatus(metadataOf(workbench.folder, incident), "active", "completed");
    await workbench.squiggle("error").waitFor();
    times.push(Date.now() - start);
    if (round === 2) break;
    setStatus(metadataOf(workbench.folder, incident), "completed", "active");
    await workbench.squiggle("error").waitFor({ state: "detached" });
  }
  console.log(`another program wrote; underlined after ${times.join(", ")} ms`);
  assert.ok((times.sort((a, b) => a - b)[1] ?? Infinity) < 2000, "two seconds at most, in the middle of three");
  assert.equal(await workbench.underlined(), "completed");
  const alarmed = await workbench.statusBar(/0047/);
  await until("another colour", async () => (await workbench.statusBar(/0047/)).background !== calm.background);
  assert.match(alarmed.text, /0047-us-task-linkage/);
  await workbench.shot("vscode-status-bar", { x: 0, y: 730, width: 690, height: 30 });

  setStatus(metadataOf(workbench.folder, incident), "completed", "active");
  await workbench.squiggle("error").waitFor({ state: "detached" });
  await until("the colour of before", async () => (await workbench.statusBar(/0047/)).background === calm.background);
});

scenario("the status bar's tooltip and list lead to increments and actions", { prepare }, async (workbench) => {
  setStatus(metadataOf(workbench.folder, incident), "active", "completed");
  await until("an alarm", async () => (await workbench.statusItem.getAttribute("aria-label"))?.includes("0047") === true && (await workbench.page.locator(".statusbar-item.has-background-color.error-kind, .statusbar-item.error-kind").count()) > 0);
  await workbench.statusItem.hover();
  const tooltip = workbench.page.locator(".monaco-hover").filter({ hasText: "increments open" }).first();
  await tooltip.waitFor();
  assert.match(await tooltip.innerText(), /3 of 5 increments open, 1 desync[^]*0047-us-task-linkage — spec\.md active ≠ metadata\.json completed/);
  await workbench.shot("vscode-tooltip", tooltip);
  await tooltip.getByRole("link", { name: "0048-dark-mode" }).click();
  await workbench.page.locator('.tab.active[data-resource-name="spec.md"]').waitFor();
  await until("the increment's spec.md", async () => (await workbench.text()).includes("Dark mode"));

  await workbench.statusItem.click();
  await workbench.rows.filter({ hasText: incident }).first().waitFor();
  const rows = await workbench.rows.allInnerTexts();
  assert.match(rows[0] ?? "", /0047-us-task-linkage[^]*active ≠ metadata\.json completed/, "what disagrees comes first");
  assert.match(rows[1] ?? "", /0046-export[^]*Active · 7\/9 tasks · 3\/4 criteria/);
  await workbench.rows.first().hover();
  await workbench.shot("vscode-increments", workbench.page.locator(".quick-input-widget"));
  await workbench.rows.first().getByRole("button", { name: "Sync Statuses" }).click();
  await workbench.pickRow("metadata.json is right");
  await until("both files to agree on disk", () => onDisk(workbench.folder, incident).join() === "completed,completed");
});

scenario("the view lists increments by status, and acts on them", { prepare }, async (workbench) => {
  setStatus(metadataOf(workbench.folder, incident), "active", "completed");
  await workbench.command("Explorer: Focus on Increments View");
  const row = (text: string) => workbench.page.locator(".pane-body .monaco-list-row").filter({ hasText: text }).first();
  await row("Statuses Disagree").waitFor();
  // Only what is visible is in the page: the view gets the room of the others.
  await workbench.page.locator('.pane-header[aria-label^="Explorer Section"]').first().click();
  const view = workbench.page.locator('.pane:has(.pane-header[aria-label*="Increments"]) .monaco-list-row .label-name, .pane:has(.pane-header[aria-label*="Increments"]) .monaco-list-row .label-description');
  const expected = ["Statuses Disagree", "1", incident, "active ≠ completed", "Active", "1", "0046-export", "7/9 tasks · 3/4 criteria", "Planning", "1", "0048-dark-mode", "0/6 tasks · 0/5 criteria", "Paused", "1", "0043-search", "Completed", "1"];
  let shown: string[] = [];
  await until(`the view ${expected.join(" | ")}`, async () => {
    shown = await view.allInnerTexts();
    return shown.join() === expected.join();
  }).catch(() => { assert.deepEqual(shown, expected); });
  await row(incident).hover();
  await workbench.shot("vscode-view", { x: 48, y: 36, width: 305, height: 345 });
  await row(incident).getByRole("button", { name: "Sync Statuses" }).click();
  await workbench.pickRow("spec.md is right");
  await until("both files to agree on disk", () => onDisk(workbench.folder, incident).join() === "active,active");
  await row("Statuses Disagree").waitFor({ state: "detached" });

  await row("0048-dark-mode").hover();
  await row("0048-dark-mode").getByRole("button", { name: "Change Status" }).click();
  await workbench.pickRow("Backlog");
  await workbench.answer("Reason (optional)", "Waits for the new palette");
  await until("both files to agree on disk", () => onDisk(workbench.folder, "0048-dark-mode").join() === "backlog,backlog");
  assert.match(fs.readFileSync(metadataOf(workbench.folder, "0048-dark-mode"), "utf8"), /"backlogReason": "Waits for the new palette"/);
  await row("Backlog").waitFor();
  await row("0041-login").waitFor({ state: "detached" });
});

scenario("sync all, in the palette", { prepare }, async (workbench) => {
  setStatus(metadataOf(workbench.folder, incident), "active", "completed");
  setStatus(metadataOf(workbench.folder, "0043-search"), "paused", "active");
  await workbench.statusBar(/0047/);
  await workbench.commandWithList("SpecWeave: Sync All Increments", "metadata.json is right");
  await workbench.pickRow("metadata.json is right");
  await until("all to agree on disk", () => onDisk(workbench.folder, incident).join() === "completed,completed" && onDisk(workbench.folder, "0043-search").join() === "active,active");
});
