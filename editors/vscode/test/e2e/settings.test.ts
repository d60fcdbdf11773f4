import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { incident, write } from "../project.ts";
import { until } from "../until.ts";
import { scenario } from "./scenario.ts";

const file = ".specweave/lsp.json";
const text = '{\n  "exlude": [],\n  "severity": {\n    "status-desync": ""\n  },\n  \n}\n';

const prepare = (folder: string) => {
  write(folder, incident, { spec: "active", metadata: "completed" });
  fs.writeFileSync(path.join(folder, file), text);
};

scenario("the project's own settings: completion, hover, marks, and they count at once", { prepare }, async (workbench) => {
  await workbench.statusBar(/0047/);
  await workbench.open(".specweave", "lsp.json");
  const suggested = async (what: string) => {
    const row = workbench.page.locator(".suggest-widget .monaco-list-row").filter({ hasText: what }).first();
    await until(`the suggestion ${what}`, async () => {
      await workbench.page.keyboard.press("Control+Space");
      return row.waitFor({ timeout: 3000 }).then(() => true, () => workbench.page.keyboard.press("Escape"));
    }, 30_000);
    await workbench.page.keyboard.press("Escape");
  };
  await workbench.goto(6, 3);
  await suggested("includeArchived");
  await workbench.goto(4, 23);
  await suggested("information");
  await workbench.goto(3, 6);
  await workbench.showHover("Each finding counts by itself");
  await workbench.page.keyboard.press("Escape");
  // VS Code's own defaults are not sent: the project's file decides.
  const inBar = async () => workbench.page.locator(".statusbar-item").filter({ hasText: "0047" }).count();
  assert.ok(await inBar() > 0);
  const marks = () => workbench.page.locator(".squiggly-error, .squiggly-warning").count();
  await until("marks", async () => (await marks()) > 0);
  fs.writeFileSync(path.join(workbench.folder, file), JSON.stringify({ ignore: [{ increment: "0047-*", code: "status-desync", reason: "as it was" }] }));
  await workbench.statusBar(/^(?!.*≠)/);
});
