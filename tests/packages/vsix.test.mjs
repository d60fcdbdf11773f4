// The extension's packages, as a store gets them. tests/run.sh vscode installs one in a real workbench.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { targets, version } from "../../packaging/lib.mjs";
import { allBinaries, project, run, succeeds, temporary } from "./setup.mjs";

const inside = async (vsix, file) => (await succeeds("unzip", ["-p", vsix, file])).stdout;

test("a package a target, each with its server, none with what belongs to the source", async (t) => {
  const folder = temporary(t);
  const programs = allBinaries(path.join(folder, "binaries"));
  const out = path.join(folder, "vsix");
  await succeeds(process.execPath, ["packaging/vsix.mjs", "--binaries", programs, "--out", out], { cwd: project });
  assert.deepEqual(readdirSync(out), targets.map(({ vsce }) => `specweave-lsp-${vsce}.vsix`).sort());
  t.diagnostic(readdirSync(out).join(", "));
  for (const { vsce, os } of targets) {
    const vsix = path.join(out, `specweave-lsp-${vsce}.vsix`);
    const files = (await succeeds("unzip", ["-Z1", vsix])).stdout.split("\n");
    const server = os === "win32" ? "specweave-lsp.exe" : "specweave-lsp";
    for (const file of ["package.json", "readme.md", "changelog.md", "LICENSE.md", "dist/extension.cjs", "icons/icon.png", `server/${server}`]) assert.ok(files.includes(`extension/${file}`), `${vsce}: ${file}`);
    const manifest = JSON.parse(await inside(vsix, "extension/package.json"));
    assert.equal(manifest.version, version);
    for (const field of ["private", "scripts", "devDependencies", "dependencies"]) assert.ok(!(field in manifest), field);
    assert.match(await inside(vsix, "extension.vsixmanifest"), new RegExp(`TargetPlatform="${vsce}"`));
  }
  // Nothing on the page is looked for beside it, where it would not be found.
  const readme = await inside(path.join(out, "specweave-lsp-linux-x64.vsix"), "extension/readme.md");
  assert.deepEqual([...readme.matchAll(/\]\((?!https:\/\/|#)(.*?)\)/g)].map(([, link]) => link), []);
});

test("with an address, pictures and links lead there, and the publisher is whoever it is", async (t) => {
  const folder = temporary(t);
  const identity = path.join(folder, "identity.json");
  writeFileSync(identity, JSON.stringify({ owner: "some-owner", repository: "some-repository", publisher: "some-publisher" }));
  const programs = allBinaries(path.join(folder, "binaries"));
  for (const { name } of targets.slice(1)) rmSync(path.join(programs, name), { recursive: true });
  const made = await run(process.execPath, ["packaging/vsix.mjs", "--partial", "--binaries", programs, "--out", folder], { cwd: project, env: { ...process.env, SPECWEAVE_IDENTITY: identity } });
  assert.equal(made.code, 0, made.stdout + made.stderr);
  const vsix = path.join(folder, "specweave-lsp-linux-x64.vsix");
  const manifest = JSON.parse(await inside(vsix, "extension/package.json"));
  assert.equal(manifest.publisher, "some-publisher");
  assert.equal(manifest.repository.url, "https://github.com/some-owner/some-repository.git");
  const readme = await inside(vsix, "extension/readme.md");
  const pictures = [...readme.matchAll(/!\[.*?\]\((.*?)\)/g)].map(([, link]) => link);
  assert.ok(pictures.length >= 8, readme);
  for (const picture of pictures) {
    const start = `https://raw.githubusercontent.com/some-owner/some-repository/v${version}/docs/images/`;
    assert.ok(picture.startsWith(start), picture);
    readFileSync(path.join(project, "docs/images", picture.slice(start.length)));
  }
  const links = [...readme.matchAll(/\]\(https:\/\/github\.com\/some-owner\/some-repository\/blob\/v[\d.]+\/(.*?)\)/g)].map(([, file]) => file);
  assert.ok(links.length > 0);
  for (const file of links) readFileSync(path.join(project, file));
});
