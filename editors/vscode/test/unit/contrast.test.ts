import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { icon } from "../../src/statuses.ts";
import { contrast, hex } from "../contrast.ts";
import { increment } from "./fixtures.ts";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  contributes: { colors: { id: string; defaults: Record<"light" | "dark" | "highContrast" | "highContrastLight", string> }[] };
};
const { colors } = manifest.contributes;

/** Side bar, selected row, and row under the pointer of VS Code's own themes: "Light Modern", "Dark Modern", and the two of high contrast. */
const backgrounds = {
  light: ["#f8f8f8", "#e8e8e8", "#f2f2f2", "#ffffff"],
  dark: ["#181818", "#04395e", "#2a2d2e", "#1f1f1f"],
  highContrast: ["#000000"],
  highContrastLight: ["#ffffff"],
};

test("contrast is counted as the standard does", () => {
  assert.equal(contrast(hex("#000000"), hex("#ffffff")), 21);
  assert.ok(Math.abs(contrast(hex("#777777"), hex("#ffffff")) - 4.48) < 0.01);
});

test("each colour of ours can be read in light, dark and high contrast", () => {
  let least = Infinity;
  for (const { id, defaults } of colors) {
    for (const [theme, behind] of Object.entries(backgrounds)) {
      for (const background of behind) {
        const ratio = contrast(hex(defaults[theme as keyof typeof defaults]), hex(background));
        least = Math.min(least, ratio);
        assert.ok(ratio >= 4.5, `${id} on ${background} (${theme}): ${ratio.toFixed(2)}`);
      }
    }
  }
  console.log(`least contrast: ${least.toFixed(2)}`);
});

test("icons have colours of ours, or that of the text", () => {
  const known = colors.map(({ id }) => id);
  const statuses = ["active", "ready_for_review", "planning", "backlog", "paused", "completed", "abandoned", "odd"];
  const used = [...statuses.map((status) => increment("1", status)), increment("1", "active", { metadataStatus: "paused" })].flatMap((one) => icon(one).colour ?? []);
  assert.deepEqual(used.sort(), known.sort());
});
