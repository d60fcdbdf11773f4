import assert from "node:assert/strict";

import { incident, onDisk, read, write } from "../project.ts";
import { until } from "../workbench.ts";
import { scenario } from "./scenario.ts";

const prepare = (folder: string) => {
  write(folder, incident, { spec: "active", metadata: "completed", tasks: [52, 52], criteria: [12, 12] });
};

scenario("a desync is marked in both files, and one key makes both right on disk", { prepare }, async (workbench) => {
  await workbench.statusBar(/⚠.*0047/);
  await workbench.open(incident, "spec.md");
  await workbench.squiggle().waitFor();
  assert.equal(await workbench.underlined(), "active");
  await workbench.open(incident, "metadata.json");
  await workbench.squiggle().waitFor();
  assert.equal(await workbench.underlined(), "completed");

  await workbench.open(incident, "spec.md");
  await workbench.goto(4, 10);
  const before = read(workbench.folder, incident, "spec.md");
  const offered = await workbench.actions();
  assert.match(offered[0] ?? "", /Set spec\.md status to `completed`/);
  assert.match(offered.join("\n"), /Set metadata\.json status to `active`/);
  await workbench.choose("Set spec.md status to `completed`");
  await until("both files to agree on disk", () => onDisk(workbench.folder, incident).join() === "completed,completed");
  assert.equal(read(workbench.folder, incident, "spec.md"), before.replace("status: active ", "status: completed "), "not one byte more");
  await workbench.squiggle().waitFor({ state: "detached" });
  await until("nothing unsaved", async () => Object.values(await workbench.tabs()).every((dirty) => !dirty));
});
