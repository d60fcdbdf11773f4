import assert from "node:assert/strict";

import { incident, write } from "../project.ts";
import { until } from "../until.ts";
import type { Workbench } from "../workbench.ts";
import { scenario } from "./scenario.ts";

const prepare = (folder: string) => {
  write(folder, incident, { spec: "active", metadata: "completed", tasks: [51, 52] });
  write(folder, "0048-dark-mode", { spec: "planning", metadata: "planning", title: "Dark mode" });
};

async function open(workbench: Workbench): Promise<void> {
  await workbench.commandWithList("Welcome: Open Walkthrough", "SpecWeave Increments");
  await workbench.pickRow("SpecWeave Increments");
  await workbench.page.locator(".getting-started-step").first().waitFor();
}

/** Opens a step and presses its button. */
async function press(workbench: Workbench, step: string, button: string): Promise<void> {
  const shown = workbench.page.locator(".getting-started-step").filter({ hasText: step }).first();
  await until(`the step ${step}`, async () => {
    if (await shown.locator(".monaco-button", { hasText: button }).isVisible()) return true;
    // Escape goes back to the list of walkthroughs where the list that it should close has closed by itself.
    if (await shown.isDisabled()) await open(workbench);
    await shown.click({ position: { x: 30, y: 15 } });
    return false;
  });
  await shown.locator(".monaco-button", { hasText: button }).click();
}

scenario("the walkthrough: every step is there, and every button does what it says", { prepare }, async (workbench) => {
  await workbench.statusBar(/0047 active ≠ completed/);
  await open(workbench);
  const steps = await workbench.page.locator(".getting-started-step .step-title").allInnerTexts();
  assert.deepEqual(steps, ["See what disagrees", "Fix it with one key", "Keep an eye on what is open", "Close increments"]);

  await press(workbench, "See what disagrees", "Show Problems");
  await workbench.page.locator(".markers-panel .monaco-list-row").filter({ hasText: "The statuses disagree" }).first().waitFor();

  await press(workbench, "Fix it with one key", "Sync All Increments");
  await workbench.rows.filter({ hasText: "spec.md is right" }).waitFor();
  await workbench.page.keyboard.press("Escape");

  await press(workbench, "Keep an eye on what is open", "Show Increments");
  await workbench.rows.filter({ hasText: "0048 Dark mode" }).waitFor();
  await workbench.page.keyboard.press("Escape");

  // A list goes when something else in the workbench takes the focus at that moment; a person opens it again.
  const incidents = workbench.rows.filter({ hasText: "0047 Link user stories and tasks" }).first();
  await until("the increment to be picked", async () => {
    if (!(await incidents.isVisible())) await press(workbench, "Close increments", "Close Increment");
    return incidents.click({ timeout: 3000 }).then(() => true, () => false);
  });
  await workbench.notification(/cannot be closed while its statuses disagree/);
});
