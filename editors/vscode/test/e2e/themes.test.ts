// Light, dark and high contrast: what is coloured can be read, by its computed colours. With SPECWEAVE_LOOKS, a folder, each
// theme is also taken as a picture, to be looked at.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { computed, contrast } from "../contrast.ts";
import { incident, write } from "../project.ts";
import { until } from "../until.ts";
import { scenario } from "./scenario.ts";

const prepare = (folder: string) => {
  write(folder, "0041-login", { spec: "completed", metadata: "completed", title: "Login with a passkey" });
  write(folder, "0043-search", { spec: "paused", metadata: "paused", title: "Search in tasks" });
  write(folder, "0044-review", { spec: "ready_for_review", metadata: "ready_for_review", title: "Review me" });
  write(folder, "0045-given-up", { spec: "abandoned", metadata: "abandoned", title: `Given up ${"after a long discussion ".repeat(6)}` });
  write(folder, "0046-export", { spec: "active", metadata: "active", title: "Export as CSV", tasks: [7, 9], criteria: [3, 4] });
  write(folder, incident, { spec: "active", metadata: "completed", tasks: [52, 52], criteria: [9, 12] });
  write(folder, "0048-dark-mode", { spec: "planning", metadata: "planning", title: "Dark mode", tasks: [0, 6], criteria: [0, 5] });
};
const themes = { "Light Modern": "vs", "Dark Modern": "vs-dark", "Default High Contrast": "hc-black", "Default High Contrast Light": "hc-light" };
const view = ".pane:has(.pane-header[aria-label*=\"Increments\"])";

for (const [theme, kind] of Object.entries(themes)) {
  scenario(`${theme} can be read`, { prepare, settings: { "workbench.colorTheme": theme } }, async (workbench) => {
    const { page } = workbench;
    await workbench.statusBar(/0047 active ≠ completed/);
    await page.locator(`.monaco-workbench.${kind}`).waitFor();
    await page.locator(`${view} .monaco-list-row`).filter({ hasText: "Statuses Disagree" }).first().waitFor();
    await workbench.open(incident, "spec.md");
    await workbench.squiggle("error").waitFor();
    await workbench.command("SpecWeave: List by Number");
    const icons = `${view} .custom-view-tree-node-item-icon`;
    const seen = await until("the colours of the icons", async () => {
      const colours = await page.locator(icons).evaluateAll((elements) =>
        elements.map((element) => {
          let behind: Element | null = element;
          const colour = (at: Element) => getComputedStyle(at).backgroundColor;
          while (behind.parentElement && /^(?:transparent|rgba\()/.test(colour(behind))) behind = behind.parentElement;
          return [getComputedStyle(element, "::before").color, colour(behind)] as const;
        }),
      );
      return colours.length === 7 ? colours : undefined;
    });
    const read = await page.locator(`${view} .monaco-list-row, [id="specweave-lsp.specweave-lsp.increments"] a`).evaluateAll((elements) => elements.map((element) => element.getAttribute("aria-label") ?? ""));
    const longest = Math.max(...read.map((label) => label.length));
    assert.ok(read.length === 8 && longest > 60 && longest <= 120, `labels for screen readers: ${read.join("\n")}`);
    const status = await workbench.statusItem.evaluate((item) => [getComputedStyle(item.querySelector("a") ?? item).color, getComputedStyle(item).backgroundColor] as const);
    // A high contrast theme draws borders, and leaves the background to what is behind.
    const all = status[1].endsWith(", 0)") ? seen : [...seen, status];
    const least = Math.min(...all.map(([front, back]) => contrast(computed(front), computed(back))));
    console.log(`${theme}: least contrast ${least.toFixed(2)} of ${all.length}`);
    assert.ok(least >= 4.5, `${theme}: ${all.map(([front, back]) => `${front} on ${back}`).join("; ")}`);
    if (looks) await page.screenshot({ path: path.join(looks, `${kind}.png`), animations: "disabled" });
  });
}

const looks = process.env["SPECWEAVE_LOOKS"];
if (looks) fs.mkdirSync(looks, { recursive: true });
