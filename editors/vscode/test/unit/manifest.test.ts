// package.json against the rest of the project.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { linkedCommands } from "../../src/status_text.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

interface Manifest {
  version: string;
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string }[];
    menus: Record<string, { command?: string; submenu?: string; when?: string }[]>;
    configuration: { properties: Record<string, { default: unknown; scope?: string; properties?: Record<string, { enum: string[]; default: string; description: string }> }> };
    views: Record<string, { id: string; when: string }[]>;
    viewsContainers: { activitybar: { id: string }[] };
    jsonValidation: { url: string }[];
    walkthroughs: { steps: { media: { markdown: string } }[] }[];
  };
}
const manifest = JSON.parse(read("package.json")) as Manifest;
const { contributes } = manifest;

test("the settings are those of docs/settings.md, with their defaults", () => {
  const rows = [...read("../../docs/settings.md").matchAll(/^\| `([\w.]+)` \| `(.*?)` \|/gm)];
  const documented = rows.map(([, name = "", value = ""]) => [name, JSON.parse(value) as unknown] as const);
  // The extension sets the first, shows nothing that the second is about, and the third is a project's only.
  const elsewhere = ["diagnostics.delivery", "statusLine.maxIncrements", "ignore"];
  const expected = documented.filter(([name]) => !elsewhere.includes(name));
  assert.ok(expected.length >= 10, String(expected));
  const offered = Object.entries(contributes.configuration.properties).map(([name, { default: value }]) => [name.replace("specweave-lsp.", ""), value] as const);
  const sorted = (settings: (readonly [string, unknown])[]) => settings.sort(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(sorted(offered), sorted(expected));
});

test("a workspace cannot name the program to run unless it is trusted", () => {
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, ["specweave-lsp.server.path"]);
  assert.equal(contributes.configuration.properties["specweave-lsp.server.path"]?.scope, "machine-overridable");
});

test("every command in a menu, a link or the source is a command", () => {
  const commands = contributes.commands.map(({ command }) => command);
  const inMenus = Object.values(contributes.menus).flatMap((items) => items.flatMap(({ command }) => command ?? []));
  for (const command of [...inMenus, ...linkedCommands]) assert.ok(commands.includes(command), command);
  const source = read("src/commands.ts");
  for (const command of commands) assert.ok(source.includes(`"${command.replace("specweave-lsp.", "")}"`), `${command} is registered`);
});

test("the extension's commands have other names than the server's", () => {
  const names = [...read("../../src/server/lsp/commands.rs").matchAll(/= "(specweave-lsp\.\w+)"/g)].map(([, name]) => name ?? "");
  assert.ok(names.length >= 6, String(names));
  for (const { command } of contributes.commands) assert.ok(!names.includes(command), command);
});

test("what is referred to is there", () => {
  const files = [...contributes.jsonValidation.map(({ url }) => url), ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.markdown))];
  for (const file of files) assert.ok(existsSync(new URL(`../../${file}`, import.meta.url)), file);
});

test("every picture is shown somewhere, and every one shown is taken by a scenario", () => {
  const texts = ["README.md", "../../README.md", ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.markdown))];
  const named = new Set(texts.flatMap((text) => [...read(text).matchAll(/docs\/images\/(vscode-[\w-]+)\.png/g)].map(([, name]) => name ?? "")));
  const scenarios = readdirSync(new URL("../e2e", import.meta.url)).map((file) => read(`test/e2e/${file}`));
  const taken = new Set(scenarios.flatMap((text) => [...text.matchAll(/shot\("([\w-]+)"/g)].map(([, name]) => name ?? "")));
  assert.deepEqual([...named].sort(), [...taken].sort());
  const there = readdirSync(new URL("../../../../docs/images", import.meta.url)).filter((file) => file.startsWith("vscode-"));
  assert.deepEqual(there.sort(), [...taken].map((name) => `${name}.png`).sort());
});

test("the version is the server's", () => {
  assert.equal(manifest.version, /^version = "(.*)"/m.exec(read("../../Cargo.toml"))?.[1]);
});

const texts = JSON.parse(read("package.nls.json")) as Record<string, string>;

test("every text can be translated: each key is used, and each that is used is there", () => {
  const used = new Set([...read("package.json").matchAll(/%([\w.-]+)%/g)].map(([, key = ""]) => key));
  assert.deepEqual([...used].sort(), Object.keys(texts).sort());
  const literal = [...read("package.json").matchAll(/"(?:title|name|contents|description|markdownDescription)": "((?!%)[^"]*)"/g)].map(([, text = ""]) => text);
  // Names, and what the store shows in English anyway.
  const names = ["specweave-lsp", "SpecWeave", "SpecWeave Increments"];
  assert.equal(literal.filter((text) => !names.includes(text)).length, 4, literal.join("\n"));
});

test("the severities can be chosen from a list: those of docs/findings.md, with their defaults", () => {
  const documented = [...read("../../docs/findings.md").matchAll(/^\| `([\w-]+)` \| (\w+) \| (.*) \|$/gm)].map(([, code = "", severity = "", means = ""]) => [code, severity, means.replaceAll("`", "")]);
  assert.ok(documented.length >= 15, String(documented));
  const offered = Object.entries(contributes.configuration.properties["specweave-lsp.diagnostics.severity"]?.properties ?? {});
  assert.deepEqual(offered.map(([code, { default: severity, description }]) => [code, severity, texts[description.replaceAll("%", "")]]), documented);
  for (const [, { enum: choices }] of offered) assert.deepEqual(choices, ["off", "hint", "information", "warning", "error"]);
});

test("the menu is on an increment's folder and on each of its files, and on nothing else", () => {
  const menus = [...(contributes.menus["explorer/context"] ?? []), ...(contributes.menus["editor/context"] ?? [])].flatMap(({ when = "" }) => when.split(" || "));
  for (const [menu, items] of Object.entries(contributes.menus)) {
    const submenus = items.flatMap(({ submenu }) => submenu ?? []);
    assert.equal(new Set(submenus).size, submenus.length, `VS Code takes a submenu once in ${menu}`);
  }
  const pattern = (when: string, key: string) => {
    const [, source] = new RegExp(`${key} =~ /(.*?)/(?: |$)`).exec(when) ?? [];
    return source === undefined ? undefined : new RegExp(source);
  };
  const applies = (folder: string, name: string, isFolder: boolean) =>
    menus.some((when) => (!when.includes("explorerResourceIsFolder") || isFolder) && (pattern(when, "resourceFilename")?.test(name) ?? isFolder) && pattern(when, "resourceDirname")?.test(folder));
  for (const file of ["spec.md", "tasks.md", "plan.md", "metadata.json"]) assert.ok(applies("/p/.specweave/increments/0047-x", file, false), file);
  assert.ok(applies("/p/.specweave/increments", "0047-x", true));
  assert.ok(applies("c:\\p\\.specweave\\increments", "0047-x", true));
  assert.ok(!applies("/p/src", "spec.md", false));
  assert.ok(!applies("/p/.specweave", "increments", true));
});

test("a project in the folder that is opened is found without a search", () => {
  assert.ok(manifest.activationEvents.includes("workspaceContains:.specweave"));
});

test("the views are in a container of their own", () => {
  assert.deepEqual(contributes.viewsContainers.activitybar.map(({ id }) => id), Object.keys(contributes.views));
});
