import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { incident, onDisk, write } from "../project.ts";
import { until } from "../until.ts";
import { scenario } from "./scenario.ts";

const prepare = (folder: string) => {
  write(folder, incident, { spec: "active", metadata: "active" });
};

scenario("metadata.json has completion and hover", { prepare }, async (workbench) => {
  await workbench.statusBar(/0047/);
  await workbench.open(incident, "metadata.json");
  const suggested = async (text: string) => {
    const rows = workbench.page.locator(".suggest-widget .monaco-list-row").filter({ hasText: text });
    await until(`the suggestion ${text}`, async () => {
      await workbench.page.keyboard.press("Control+Space");
      return rows.first().waitFor({ timeout: 3000 }).then(() => true, () => workbench.page.keyboard.press("Escape"));
    }, 30_000);
    return rows.count();
  };
  // The status from the server, the type from the schema.
  await workbench.goto(3, 14);
  assert.equal(await suggested("ready_for_review"), 1, "each status once");
  await workbench.page.keyboard.press("Escape");
  await workbench.goto(4, 12);
  assert.equal(await suggested("change-request"), 1);
  await workbench.page.keyboard.press("Escape");
  await workbench.goto(3, 14);
  await workbench.showHover("Where the increment stands");
});

const repository = (folder: string) => {
  const git = (...args: string[]) => execFileSync("git", ["-c", "user.name=Someone", "-c", "user.email=someone@example.com", ...args], { cwd: folder });
  git("init", "--quiet");
  write(folder, incident, { spec: "planning", metadata: "planning" });
  git("add", ".");
  git("commit", "--quiet", "-m", "Plan it");
  write(folder, incident, { spec: "planning", metadata: "active" });
  git("commit", "--quiet", "-a", "-m", "Start it, in one file only");
};

scenario("the history is a view whose commits open what they changed", { prepare: repository }, async (workbench) => {
  await workbench.statusBar(/0047/);
  await workbench.open(incident, "spec.md");
  await workbench.command("SpecWeave: Show Status History");
  const row = workbench.page.locator(".pane .monaco-list-row").filter({ hasText: "Start it, in one file only" }).first();
  await row.waitFor();
  assert.match(await row.innerText(), /planning ≠ active[^]*Start it, in one file only · Someone, 20\d\d-/);
  await workbench.page.getByText("The statuses diverged once and still disagree.").waitFor();
  await workbench.shot("vscode-history", { x: 48, y: 392, width: 304, height: 122 });
  await row.click();
  await workbench.page.locator('.tab.active[aria-label*="metadata.json"]').waitFor();
  await until("both sides", async () => {
    const shown = (await workbench.page.locator(".monaco-diff-editor").first().innerText()).replaceAll("\u00a0", " ");
    return shown.includes('"status": "planning"') && shown.includes('"status": "active"');
  });
});

scenario("lenses act, and a status item tells how the server is", { prepare }, async (workbench) => {
  await workbench.statusBar(/0047/);
  await workbench.open(incident, "metadata.json");
  const lens = workbench.page.locator(".codelens-decoration a").filter({ hasText: "Close" }).first();
  await lens.click();
  await until("both files on disk", () => onDisk(workbench.folder, incident).join() === "completed,completed");
  await workbench.page.locator('[id="status.languageStatus"]').hover();
  await workbench.page.locator(".monaco-hover").filter({ hasText: "SpecWeave server runs" }).first().waitFor();
});

scenario("debug information goes to the clipboard, and menus show where they apply", { prepare }, async (workbench) => {
  await workbench.statusBar(/0047/);
  await workbench.command("SpecWeave: Copy Debug Information");
  await workbench.notification(/on the clipboard/);
  const copied = await until("something on the clipboard", () => workbench.page.evaluate(() => navigator.clipboard.readText()));
  assert.match(copied, /- Server: \d+\.\d+\.\d+, running/);
  assert.match(copied, /- Program: .*server\/specweave-lsp \(bundled\)/);
  assert.ok(!copied.includes(incident), "no names of increments");

  await workbench.open(incident, "metadata.json");
  await workbench.page.locator(".editor-instance .view-lines").first().click({ button: "right" });
  const entry = workbench.page.getByRole("menuitem", { name: "SpecWeave" });
  await entry.waitFor();
  await entry.hover();
  await workbench.page.getByRole("menuitem", { name: "Close Increment" }).waitFor();
  await workbench.page.keyboard.press("Escape");
  await workbench.page.keyboard.press("Escape");

  // On the increment's folder too.
  await workbench.command("View: Show Explorer");
  const folder = workbench.page.locator(`.explorer-folders-view .monaco-list-row[aria-label*="${incident}"]`).first();
  await folder.locator(".label-name").filter({ hasText: incident }).last().click({ button: "right", position: { x: 15, y: 8 } });
  await entry.waitFor();
  await entry.hover();
  await workbench.page.getByRole("menuitem", { name: "Change Status" }).waitFor();
  await workbench.page.keyboard.press("Escape");
  await workbench.page.keyboard.press("Escape");
});

scenario("Ctrl+Shift+O lists each heading once", { prepare: (folder) => { write(folder, incident, { spec: "active", metadata: "active", tasks: [1, 3] }); } }, async (workbench) => {
  await workbench.statusBar(/0047/);
  await workbench.open(incident, "tasks.md");
  let found: string[] = [];
  await until("the headings", async () => {
    await workbench.page.keyboard.press("Control+Shift+o");
    const there = await workbench.rows.filter({ hasText: "T-003" }).first().waitFor({ timeout: 4000 }).then(() => true, () => false);
    found = await workbench.rows.allInnerTexts();
    await workbench.page.keyboard.press("Escape");
    return there;
  });
  assert.equal(found.filter((text) => text.includes("T-003")).length, 1, found.join("\n"));
});
