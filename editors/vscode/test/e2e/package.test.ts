import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { incident, write } from "../project.ts";
import { until } from "../until.ts";
import { scenario } from "./scenario.ts";

const prepare = (folder: string) => {
  write(folder, incident, { spec: "active", metadata: "completed" });
};

// The package is made as for a store, with the address of test/identity.json; what is there is answered from this project.
const address = "https://raw.githubusercontent.com/some-owner/some-repository/";

scenario("the extension's page shows its pictures", { prepare }, async (workbench) => {
  await workbench.page.context().route(`${address}**`, (route) => {
    const [, name = ""] = /^v[\d.]+\/docs\/images\/([\w.-]+)$/.exec(route.request().url().slice(address.length)) ?? [];
    return route.fulfill({ path: path.resolve(import.meta.dirname, "../../../../docs/images", name) });
  });
  await workbench.statusBar(/0047/);
  await (await workbench.installedExtension()).click();
  const pictures = workbench.page.locator("iframe.webview.ready").contentFrame().locator("#active-frame").contentFrame().locator("img");
  await until("the pictures", async () => {
    const widths = await pictures.evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
    if (widths.length < 8 || widths.includes(0)) throw new Error(`their widths: ${widths.join(", ")}`);
    return true;
  }, 60_000);
});

const ownServer = (folder: string) => {
  prepare(folder);
  const own = path.join(folder, `node_modules/specweave-lsp-linux-${process.arch}`);
  fs.mkdirSync(own, { recursive: true });
  fs.cpSync(path.resolve(import.meta.dirname, "../../dist/package/server/specweave-lsp"), path.join(own, "specweave-lsp"));
};

scenario("the server that a trusted project has installed is the one that runs", { prepare: ownServer }, async (workbench) => {
  await workbench.statusBar(/0047/);
  await workbench.command("SpecWeave: Copy Debug Information");
  await workbench.notification(/on the clipboard/);
  const copied = await until("something on the clipboard", () => workbench.page.evaluate(() => navigator.clipboard.readText()));
  assert.match(copied, /- Program: .*node_modules\/specweave-lsp-linux-\w+\/specweave-lsp \(project\)/);
});
