import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { incident, onDisk, read, write } from "../project.ts";
import { until } from "../until.ts";
import { scenario } from "./scenario.ts";

const prepare = (folder: string) => {
  write(folder, incident, { spec: "active", metadata: "active", tasks: [51, 52], criteria: [12, 12] });
};

scenario("closing says why it cannot be, and does it once it can", { prepare }, async (workbench) => {
  await workbench.statusBar(/0047 51\/52/);
  await workbench.open(incident, "spec.md");
  await workbench.goto(4, 10);
  // A refactoring that may not run is shown where refactorings were asked for, with the reason.
  await workbench.actions("Control+Shift+r");
  await workbench.page.getByText("Show Disabled").click();
  const disabled = workbench.page.locator(".action-widget .monaco-list-row.option-disabled").filter({ hasText: `Close increment ${incident}` });
  await disabled.waitFor();
  assert.match((await disabled.textContent()) ?? "", /1 of 52 tasks/);
  await workbench.shot("vscode-close-disabled", workbench.page.locator(".action-widget").first());
  await workbench.page.keyboard.press("Escape");

  await workbench.command("SpecWeave: Close Increment");
  const refusal = await workbench.notification(/1 of 52 tasks are open/);
  await refusal.getByText("Close Anyway").waitFor();
  await workbench.shot("vscode-close-refused", { x: 800, y: 620, width: 480, height: 140 });
  await refusal.getByText("Open tasks.md").click();
  await workbench.page.locator('.tab.active[data-resource-name="tasks.md"]').waitFor();
  // The 52nd task, of two lines each below the heading.
  await workbench.page.locator(".statusbar-item").filter({ hasText: "Ln 105" }).waitFor();
  assert.deepEqual(onDisk(workbench.folder, incident), ["active", "active"]);
  await workbench.command("Notifications: Clear All Notifications");

  const tasks = path.join(workbench.folder, ".specweave/increments", incident, "tasks.md");
  fs.writeFileSync(tasks, fs.readFileSync(tasks, "utf8").replace("[ ]", "[x]"));
  await workbench.statusBar(/52\/52/);
  await workbench.command("SpecWeave: Close Increment");
  await until("both files closed on disk", () => onDisk(workbench.folder, incident).join() === "completed,completed");
  assert.match(read(workbench.folder, incident, "metadata.json"), /"approvedAt": "20/);
  await workbench.statusBar(/no open increments/);
  await until("nothing unsaved", async () => Object.values(await workbench.tabs()).every((unsaved) => !unsaved));
});


scenario("closing anyway, from the lens that was refused", { prepare }, async (workbench) => {
  await workbench.statusBar(/0047 51\/52/);
  await workbench.open(incident, "metadata.json");
  await workbench.page.locator(".codelens-decoration a").filter({ hasText: "Close" }).first().click();
  const refusal = await workbench.notification(/1 of 52 tasks are open/);
  await refusal.getByText("Close Anyway").click();
  await until("both files closed on disk", () => onDisk(workbench.folder, incident).join() === "completed,completed");
  await workbench.statusBar(/no open increments/);
});
