import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { incident, write } from "../project.ts";
import { until } from "../until.ts";
import { scenario } from "./scenario.ts";

const prepare = (folder: string) => {
  write(folder, incident, { spec: "active", metadata: "completed" });
};

scenario("a server that is killed is started again, and goes on", { prepare }, async (workbench) => {
  await workbench.open(incident, "spec.md");
  await workbench.squiggle("error").waitFor();
  const [first] = workbench.code.servers();
  assert.ok(first, "a server runs");
  process.kill(first, "SIGKILL");
  const second = await until("another server", () => workbench.code.servers().find((pid) => pid !== first));
  await workbench.squiggle("error").waitFor();
  await workbench.goto(4, 10);
  await workbench.actions();
  await workbench.choose("Set spec.md status to `completed`");
  await workbench.squiggle("error").waitFor({ state: "detached" });
  assert.equal(await workbench.page.locator(".notification-list-item").count(), 0, "nobody was bothered");

  await workbench.command("SpecWeave: Restart Server");
  await until("a third server, alone", () => workbench.code.servers().length === 1 && !workbench.code.servers().includes(second));
  await workbench.statusBar(/no open/);
});

scenario("a server that keeps crashing is said once, and started again on demand", { prepare }, async (workbench) => {
  await workbench.statusBar(/0047/);
  const seen = new Set<number>();
  for (let crash = 0; crash < 5; crash++) {
    const pid = await until(`server ${crash + 1}`, () => workbench.code.servers().find((pid) => !seen.has(pid)));
    seen.add(pid);
    if (crash > 0) await until("the server to work", async () => (await workbench.statusItem.textContent())?.includes("0047"));
    await workbench.command("SpecWeave: Show Log");
    process.kill(pid, "SIGKILL");
  }
  const message = await workbench.notification(/stopped five times within three minutes/);
  assert.equal(await workbench.page.locator(".notification-list-item").count(), 1);
  await workbench.statusBar(/SpecWeave: not running/);
  await message.getByText("Restart Server").click();
  await workbench.statusBar(/0047/);
});

scenario("a server that is not there: what to do, and it works once it is", { prepare, environment: { SPECWEAVE_LSP_SERVER: "/nowhere/specweave-lsp" } }, async (workbench) => {
  const message = await workbench.notification(/SPECWEAVE_LSP_SERVER names \/nowhere\/specweave-lsp, which is no program/);
  await workbench.statusBar(/SpecWeave: not running/);
  await message.getByText("Open Settings").click();
  await workbench.page.locator(".settings-editor .setting-item-contents").filter({ hasText: "The server to start instead" }).first().waitFor();
  await workbench.command("SpecWeave: Show Log");
  await until("the log", async () => (await workbench.page.locator(".part.panel .view-lines").first().innerText()).replaceAll(/\s/g, "").includes("names/nowhere/specweave-lsp"));
});

const setPath = (folder: string, server: string) => {
  fs.mkdirSync(path.join(folder, ".vscode"), { recursive: true });
  fs.writeFileSync(path.join(folder, ".vscode/settings.json"), JSON.stringify({ "specweave-lsp.server.path": server }));
};
const broken = (folder: string) => {
  prepare(folder);
  fs.writeFileSync(path.join(folder, "broken"), "#!/bin/sh\necho 'cannot go on' >&2\nexit 1\n", { mode: 0o755 });
  setPath(folder, "broken");
};

scenario("a server that exits at once: one message, no loop; another path in the settings is tried", { prepare: broken }, async (workbench) => {
  await workbench.notification(/project\/broken did not start/);
  await workbench.statusBar(/SpecWeave: not running/);
  assert.equal(await workbench.page.locator(".notification-list-item").count(), 1);
  setPath(workbench.folder, "");
  await workbench.statusBar(/0047/);
});
