// The texts that are shown at run time: all of them are there for translators, and all that are there are shown.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { progress } from "../../src/statuses.ts";
import { t, useTranslations } from "../../src/texts.ts";

const folder = new URL("../../src/", import.meta.url);
const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
const bundle = JSON.parse(readFileSync(new URL("../../l10n/bundle.l10n.json", import.meta.url), "utf8")) as Record<string, string>;

test("the bundle has each text that is used, and no other", () => {
  const used = new Set(sources.flatMap((source) => [...source.matchAll(/\bt\(("(?:[^"\\]|\\.)*"|'[^']*')/g)].map(([, literal = ""]) => (literal.startsWith("'") ? literal.slice(1, -1) : (JSON.parse(literal) as string)))));
  assert.deepEqual(Object.keys(bundle), [...used].sort());
  for (const [key, text] of Object.entries(bundle)) assert.equal(text, key, "English is what the source says");
});

test("nothing is shown that cannot be translated", () => {
  const shown = /show(?:Error|Warning|Information)Message\((["`])|(?:placeholder|placeHolder|title|tooltip|label|prompt|description): "[A-Za-z]|new Error\(["`]/g;
  const found = sources.flatMap((source) => source.split("\n").filter((line) => line.match(shown)));
  // Names, and the title of the progress that is the name of the product.
  assert.deepEqual(found.filter((line) => !line.includes("title: \"SpecWeave\"")), []);
});

test("a translation is used, with its values in its own order", () => {
  const german: Record<string, string> = { "{0}/{1} tasks": "von {1} Aufgaben {0}" };
  assert.equal(t("{0}/{1} tasks", 1, 2), "1/2 tasks");
  useTranslations((message, ...values) => (german[message] ?? message).replaceAll(/\{(\d)\}/g, (_, at) => String(values[Number(at)])));
  assert.equal(progress({ tasks: { done: 1, total: 2 }, criteria: null }), "von 2 Aufgaben 1");
});
