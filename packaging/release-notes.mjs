// node packaging/release-notes.mjs [VERSION]: what CHANGELOG.md says of a version, for the release's page.

import { fail, read, version as own } from "./lib.mjs";

const version = process.argv[2] ?? own;
const sections = read("CHANGELOG.md").split(/^## /m);
const section = sections.find((it) => it.startsWith(`[${version}]`));
if (section === undefined) {
  fail(`CHANGELOG.md has no section for ${version}. Give "[Unreleased]" its name: ## [${version}] - ${new Date().toISOString().slice(0, 10)}.`);
}
if (!/^\[.*\] - \d{4}-\d{2}-\d{2}\n/.test(section)) fail(`The section of CHANGELOG.md for ${version} has no date: ## [${version}] - YEAR-MONTH-DAY.`);
const notes = section.slice(section.indexOf("\n")).trim();
if (notes === "") fail(`The section of CHANGELOG.md for ${version} is empty.`);
console.log(notes);
