import assert from "node:assert/strict";

import { incident, onDisk, read, write } from "../project.ts";
import { until } from "../until.ts";
import { scenario } from "./scenario.ts";

const prepare = (folder: string) => {
  write(folder, incident, { spec: "active", metadata: "completed", tasks: [52, 52], criteria: [9, 12] });
};
/** Of the window, for the docs. */
const part = { x: 352, y: 36, width: 700, height: 330 };

scenario("a desync is marked in both files, and one key makes both right on disk", { prepare }, async (workbench) => {
  await workbench.statusBar(/0047/);
  // One error; the other file leads to it.
  await workbench.open(incident, "metadata.json");
  await workbench.squiggle("info").waitFor();
  assert.equal(await workbench.underlined("info"), "completed");
  assert.equal(await workbench.squiggle("error").count(), 0);
  // The hint stands behind the value, not inside its quotes.
  await until("the hint", async () => /"status": "completed"\s*≠ spec\.md: active\s*,/.test(await workbench.text()));
  await workbench.open(incident, "spec.md");
  await workbench.squiggle().waitFor();
  assert.equal(await workbench.underlined(), "active");
  const problems = await workbench.page.locator('[id="status.problems"]').textContent();
  assert.equal(/\d+/.exec(problems ?? "")?.[0], "1", `one desync is one error: ${problems}`);

  await workbench.goto(4, 10);
  const hover = await workbench.showHover("The statuses disagree");
  // The message is there first, what the server adds a moment later.
  await hover.filter({ hasText: "3 of 12 acceptance criteria are open" }).waitFor();
  assert.match(await hover.innerText(), /spec\.md says `?active`?, metadata\.json says `?completed`?/);
  const said = (await hover.innerText()).replaceAll("\u00a0", " ");
  for (const word of ["disagree", "completed"]) assert.equal(said.split(word).length - 1, 1, `${word} once in: ${said}`);
  assert.equal(said.split(/criteria|ACs/).length - 1, 1, `what is open once in: ${said}`);
  await workbench.page.locator(".codelens-decoration").first().waitFor();
  const lenses = await workbench.page.locator(".codelens-decoration a").allInnerTexts();
  assert.deepEqual(lenses, ["⊗ active here ≠ completed in metadata.json", "Set both to completed", "Set both to active", "52/52 tasks"]);
  // The workbench asks for fixes once, when it shows the hover; if it redraws then it gives up, or takes the hover away.
  const quickFix = hover.getByText(/^Quick Fix/).first();
  await until("a quick fix in the hover", async () => {
    if (await quickFix.waitFor({ timeout: 3000 }).then(() => true, () => false)) return true;
    await workbench.page.keyboard.press("Escape");
    await workbench.focusEditor();
    await workbench.showHover("The statuses disagree");
    return false;
  });
  await workbench.shot("vscode-warning", { ...part, width: 860, height: 400 });
  await workbench.page.keyboard.press("Escape");

  const before = read(workbench.folder, incident, "spec.md");
  const offered = await workbench.actions();
  assert.match(offered[0] ?? "", /Set spec\.md status to `completed`/, "the side further along comes first");
  assert.match(offered.join("\n"), /Set metadata\.json status to `active`/);
  await workbench.shot("vscode-quick-fix", part);
  await workbench.choose("Set spec.md status to `completed`");
  await until("both files to agree on disk", () => onDisk(workbench.folder, incident).join() === "completed,completed");
  assert.equal(read(workbench.folder, incident, "spec.md"), before.replace("status: active ", "status: completed "), "not one byte more");
  await workbench.squiggle().waitFor({ state: "detached" });
  await until("nothing unsaved", async () => Object.values(await workbench.tabs()).every((unsaved) => !unsaved));
});

scenario("the other way round, in a file that is not open", { prepare }, async (workbench) => {
  await workbench.open(incident, "spec.md");
  await workbench.squiggle().waitFor();
  await workbench.goto(4, 10);
  const before = read(workbench.folder, incident, "metadata.json");
  await workbench.actions();
  await workbench.choose("Set metadata.json status to `active`");
  await until("both files to agree on disk", () => onDisk(workbench.folder, incident).join() === "active,active");
  assert.equal(read(workbench.folder, incident, "metadata.json"), before.replace('"completed"', '"active"'));
  await until("nothing unsaved", async () => Object.values(await workbench.tabs()).every((unsaved) => !unsaved));
});

const misspelt = (folder: string) => {
  write(folder, incident, { spec: "actve", metadata: "completed" });
};

scenario("undo after a fix of both files restores both texts and the warning", { prepare: misspelt }, async (workbench) => {
  await workbench.open(incident, "metadata.json");
  await workbench.squiggle("info").waitFor();
  await workbench.open(incident, "spec.md");
  await workbench.squiggle("error").waitFor();
  await workbench.goto(4, 10);
  await workbench.actions();
  await workbench.choose("Change status to `active` in both files");
  await until("both files on disk", () => onDisk(workbench.folder, incident).join() === "active,active");
  await workbench.squiggle("error").waitFor({ state: "detached" });

  // A key may be lost while the editor redraws; there is no more than one step to undo.
  await until("the text of before", async () => {
    if ((await workbench.text()).includes("status: actve")) return true;
    await workbench.focusEditor();
    await workbench.page.keyboard.press("Control+z");
    return false;
  });
  await workbench.squiggle("error").waitFor();
  await workbench.open(incident, "metadata.json");
  await until("the text of before", async () => (await workbench.text()).includes('"status": "completed'));
  await workbench.squiggle("info").waitFor();
  assert.deepEqual(onDisk(workbench.folder, incident), ["active", "active"], "undoing is not saving");
});

scenario("with saveAfterFix off a fix stays in the editor", { prepare, settings: { "specweave-lsp.saveAfterFix": false } }, async (workbench) => {
  await workbench.open(incident, "spec.md");
  await workbench.squiggle().waitFor();
  await workbench.goto(4, 10);
  await workbench.actions();
  await workbench.choose("Set spec.md status to `completed`");
  await workbench.squiggle("error").waitFor({ state: "detached" });
  await until("an unsaved spec.md", async () => (await workbench.tabs())["spec.md"]);
  assert.deepEqual(onDisk(workbench.folder, incident), ["active", "completed"]);
});

scenario("what else the user typed is not saved without asking", { prepare }, async (workbench) => {
  await workbench.open(incident, "spec.md");
  await workbench.squiggle().waitFor();
  await workbench.goto(9);
  await workbench.page.keyboard.type("A thought of mine. ");
  await workbench.goto(4, 10);
  await workbench.actions();
  await workbench.choose("Set spec.md status to `completed`");
  const question = await workbench.notification(/not saved yet.*spec\.md of 0047/);
  assert.match(read(workbench.folder, incident, "spec.md"), /status: active/);
  await question.getByText("Save All of It").click();
  await until("everything on disk", () => /status: completed[^]*A thought of mine/.test(read(workbench.folder, incident, "spec.md")));
});
