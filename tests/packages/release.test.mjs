// What goes beside npm: the wheel, the archives, the crate, the release's page; and on what the programs run.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { placeholder, places } from "../../packaging/apply-identity.mjs";
import { archive, binary, target, targetFolder, targets, version } from "../../packaging/lib.mjs";
import { show } from "../../packaging/pgo.mjs";
import { allBinaries, binaries, clone, desync, native, newcomer, project, run, script, succeeds, temporary, tools } from "./setup.mjs";

const wheels = path.join(binaries, "../wheels");
const read = (file) => readFileSync(path.join(project, file), "utf8");

test("the program for glibc needs 2.17 and no other library", async () => {
  const { stdout: symbols } = await succeeds("readelf", ["--version-info", "--wide", native]);
  const versions = [...new Set([...symbols.matchAll(/GLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => Number(major) * 100 + Number(minor)))];
  assert.ok(versions.length > 3, symbols);
  assert.ok(Math.max(...versions) <= 217, `needs ${versions}`);
  const { stdout: dynamic } = await succeeds("readelf", ["--dynamic", "--wide", native]);
  const needed = [...dynamic.matchAll(/NEEDED.*\[(.*?)\.so/g)].map(([, name]) => name).sort();
  assert.deepEqual(needed, ["ld-linux-x86-64", "libc", "libdl", "libm", "libpthread"]);
});

test("what it was optimized by is what a session and the commands ran", () => {
  const counted = show(path.join(targetFolder, "pgo/linux-x64.profdata"));
  const handlers = ["did_change", "code_action", "completion"].map((name) => `handlers\\d+${name}\\d`);
  for (const name of [...handlers, "git6staged", "git7history", "cli6status", "cli5check"])
    assert.match(counted, new RegExp(`_ZN13specweave_lsp\\S*${name}`), `${name} never ran`);
});

test("the training ends with an error when the program does, and leaves nothing behind", async (t) => {
  for (const [program, why] of [["/bin/false", /could not be trained: the server ended/], ["/not/there", /ENOENT/]]) {
    const folder = temporary(t);
    const ended = await script("train.mjs", [program], { env: { ...process.env, TMPDIR: folder } });
    assert.equal(ended.code, 2, ended.stderr);
    assert.match(ended.stderr, why);
    assert.deepEqual(readdirSync(folder), []);
  }
});

test("a program for another system cannot be trained here", async () => {
  const { code, stderr } = await script("build.mjs", ["darwin-arm64", "--pgo"]);
  assert.equal(code, 2);
  assert.match(stderr, /one for darwin-arm64 does not run here; build it without/);
});

test("it starts and finds in Debian 11", async (t) => {
  const { root, enter } = oldUserland(t);
  cpSync(native, path.join(root, "tmp/specweave-lsp"));
  desync(path.join(root, "tmp/project"));
  const { code, stdout, stderr } = await run(enter, [root, "/tmp/specweave-lsp", "check", "--project", "/tmp/project"]);
  assert.equal(code, 1, stderr);
  assert.match(stdout, /status-desync/);
  t.diagnostic((await succeeds(enter, [root, "ldd", "--version"])).stdout.split("\n")[0]);
});

/** As tests/run.sh unpacked it; only root can enter it. */
function oldUserland() {
  const root = path.join(tools, "debian-11");
  assert.ok(existsSync(path.join(root, "bin/sh")), `${root} is no Debian: run \`tests/run.sh packages\``);
  return { root, enter: "chroot" };
}

test("the program for musl is linked statically, and starts where there is nothing else", async (t) => {
  const musl = binary(binaries, target("linux-x64-musl"));
  const { stdout } = await succeeds("readelf", ["--program-headers", "--dynamic", "--wide", musl]);
  assert.ok(!stdout.includes("INTERP") && !stdout.includes("NEEDED"), stdout);
  const root = temporary(t);
  cpSync(musl, path.join(root, "specweave-lsp"));
  desync(path.join(root, "project"));
  const { code, stdout: found, stderr } = await run("chroot", [root, "/specweave-lsp", "check", "--project", "/project"]);
  assert.equal(code, 1, stderr);
  assert.match(found, /status-desync/);
});

test("pip install of the wheel into an empty environment, and a run", async (t) => {
  const folder = temporary(t);
  const [wheel] = readdirSync(wheels).filter((name) => name.includes("manylinux_2_17_x86_64"));
  await succeeds("python3", ["-m", "venv", path.join(folder, "venv")]);
  const pip = ["install", "--quiet", "--no-index", "--disable-pip-version-check", path.join(wheels, wheel)];
  await succeeds(path.join(folder, "venv/bin/pip"), pip, { env: newcomer(folder) });
  const root = desync(path.join(folder, "project"));
  const { code, stdout } = await run(path.join(folder, "venv/bin/specweave-lsp"), ["check"], { cwd: root, env: newcomer(folder) });
  assert.equal(code, 1);
  assert.match(stdout, /status-desync/);
  const installed = path.join(folder, "venv/lib");
  const [metadata] = readdirSync(installed, { recursive: true }).filter((file) => file.endsWith(`specweave_lsp-${version}.dist-info/METADATA`));
  const said = readFileSync(path.join(installed, metadata), "utf8");
  assert.match(said, /^License-Expression: MIT OR Apache-2\.0$/m);
  assert.match(said, /^License-File: LICENSE-MIT$/m);
  assert.match(said, /^Keywords: lsp,/m);
});

test("archives, bills of materials and checksums: the files of a release", async (t) => {
  const folder = temporary(t);
  const release = path.join(folder, "release");
  const programs = allBinaries(path.join(folder, "binaries"));
  for (const [name, ...args] of [["archives.mjs", "--binaries", programs, "--out", release], ["sbom.mjs", "--wheels", wheels, "--out", release], ["checksums.mjs", release]]) {
    const made = await script(name, args);
    assert.equal(made.code, 0, made.stderr);
  }
  const files = readdirSync(release);
  for (const each of targets) assert.ok(files.includes(archive(each)), archive(each));
  t.diagnostic(files.join(", "));
  await succeeds("sha256sum", ["--quiet", "--check", "SHA256SUMS"], { cwd: release });
  writeFileSync(path.join(release, archive(targets[0])), "something else");
  assert.equal((await run("sha256sum", ["--quiet", "--check", "SHA256SUMS"], { cwd: release })).code, 1);

  const sbom = JSON.parse(readFileSync(path.join(release, files.find((name) => name.endsWith(".cdx.json"))), "utf8"));
  assert.equal(sbom.bomFormat, "CycloneDX");
  const names = sbom.components.map(({ name }) => name);
  for (const [, name] of read("Cargo.toml").split("[dependencies]\n")[1].split("\n\n")[0].matchAll(/^([\w-]+) = (?!\{ package)/gm)) assert.ok(names.includes(name), name);
});

test("an archive is where binstall looks for it", async (t) => {
  const folder = temporary(t);
  const made = await script("archives.mjs", ["--binaries", allBinaries(path.join(folder, "binaries")), "--out", folder]);
  assert.equal(made.code, 0, made.stderr);
  const { metadata } = JSON.parse(execFileSync("cargo", ["metadata", "--no-deps", "--format-version", "1"], { cwd: project, encoding: "utf8" })).packages[0];
  for (const each of targets) {
    const windows = each.os === "win32";
    const format = windows ? metadata.binstall.overrides['cfg(target_os = "windows")']["pkg-fmt"] : metadata.binstall["pkg-fmt"];
    const binDir = windows ? metadata.binstall.overrides['cfg(target_os = "windows")']["bin-dir"] : metadata.binstall["bin-dir"];
    const values = { name: "specweave-lsp", version, target: each.rust, repo: "R", bin: "specweave-lsp", "archive-suffix": { tgz: ".tar.gz", zip: ".zip" }[format], "binary-ext": windows ? ".exe" : "" };
    const fill = (template) => template.replaceAll(/\{ ([\w-]+) \}/g, (_, key) => values[key]);
    const file = fill(metadata.binstall["pkg-url"]).split("/").at(-1);
    assert.equal(file, archive(each));
    const { stdout } = await succeeds(windows ? "unzip" : "tar", windows ? ["-Z1", path.join(folder, file)] : ["-tzf", path.join(folder, file)]);
    assert.ok(stdout.split("\n").includes(fill(binDir)), stdout);
  }
});

test("the crate has what it is built from, and crates.io would take it", async (t) => {
  const { stdout } = await succeeds("cargo", ["package", "--list", "--allow-dirty"], { cwd: project });
  const files = stdout.trim().split("\n");
  for (const file of ["src/main.rs", "Cargo.lock", "README.md", "LICENSE-MIT", "LICENSE-APACHE"]) assert.ok(files.includes(file), file);
  const other = files.filter((it) => !/^(src\/|Cargo\.|LICENSE-|README\.md|CHANGELOG\.md|\.cargo_vcs_info\.json)/.test(it));
  assert.deepEqual(other, []);
  // Built from the crate alone; what was built for the other tests is used again.
  const { stderr } = await succeeds("cargo", ["publish", "--dry-run", "--locked", "--allow-dirty"], { cwd: project });
  const warnings = stderr.split("\n").filter((line) => line.startsWith("warning: "));
  const expected = /ignoring (test|benchmark) |aborting upload due to dry run|no documentation, homepage or repository/;
  assert.deepEqual(warnings.filter((line) => !expected.test(line)), []);
  t.diagnostic(/Packaged .*/.exec(stderr)[0]);
});

test("the release's page says what the changelog says of the version", async (t) => {
  const folder = clone(t);
  const notes = (...args) => run(process.execPath, ["packaging/release-notes.mjs", ...args], { cwd: folder });
  const { code, stdout, stderr } = await notes();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^### /);
  assert.ok(!stdout.includes("\n## "));
  const changelog = read("CHANGELOG.md");
  for (const [broken, complaint] of [
    [changelog.replace(`## [${version}]`, "## [Later]"), /no section for/],
    [changelog.replace(new RegExp(`(## \\[${version}\\]) - .*`), "$1"), /has no date/],
    [changelog.replace(new RegExp(`(## \\[${version}\\] - .*\n)[^]*?(?=\n## |$)`), "$1"), /is empty/],
  ]) {
    assert.notEqual(broken, changelog);
    writeFileSync(path.join(folder, "CHANGELOG.md"), broken);
    const refused = await notes();
    assert.equal(refused.code, 2, refused.stdout);
    assert.match(refused.stderr, complaint);
  }
});

test("nothing is released while nobody has said whose it is, and everything has the address afterwards", async (t) => {
  const folder = clone(t);
  const at = (file, ...args) => run(process.execPath, [`packaging/${file}.mjs`, ...args], { cwd: folder });
  const undecided = await at("check-identity", `v${version}`);
  assert.equal(undecided.code, 2);
  assert.match(undecided.stderr, /^error: packaging\/identity\.json does not say whose project this is\. Fill in owner, repository and publisher, .*\n$/);
  assert.equal((await at("apply-identity")).code, 2);

  const identity = { owner: "some-owner", repository: "some-repository", publisher: "some-publisher" };
  writeFileSync(path.join(folder, "packaging/identity.json"), JSON.stringify(identity));
  const halfDone = await at("check-identity", `v${version}`);
  assert.match(halfDone.stderr, /^error: Cargo\.toml does not name https:\/\/github\.com\/some-owner\/some-repository\. Run /);
  const applied = await at("apply-identity");
  assert.deepEqual(applied.stdout.trim().split("\n"), places, applied.stderr);
  assert.equal((await at("apply-identity")).stdout, "");
  const decided = await at("check-identity", `v${version}`);
  assert.equal(decided.code, 0, decided.stderr);
  const wrongTag = await at("check-identity", "v9.9.9");
  assert.match(wrongTag.stderr, /The tag is v9\.9\.9, but Cargo\.toml says/);

  // What is left has no place for an address, and cargo reads its own.
  const page = readFileSync(path.join(folder, "docs/install.md"), "utf8");
  assert.match(page, /^curl .* https:\/\/github\.com\/some-owner\/some-repository\/releases\/latest\/download\/specweave-lsp-installer\.sh \| sh$/m);
  assert.ok(!page.includes("once it is decided") && !page.includes("<!--"), page);
  await assert.rejects(succeeds("grep", ["-rn", placeholder, "--exclude-dir=packaging", "--exclude-dir=tests", "."], { cwd: folder }));
  const { stdout } = await succeeds("cargo", ["metadata", "--no-deps", "--format-version", "1"], { cwd: folder });
  assert.equal(JSON.parse(stdout).packages[0].repository, "https://github.com/some-owner/some-repository");

  const packed = await at("npm", "--binaries", binaries, "--out", path.join(folder, "npm-out"), "--partial");
  assert.equal(packed.code, 0, packed.stderr);
  const manifest = JSON.parse(readFileSync(path.join(folder, "npm-out/stage/specweave-lsp/package.json"), "utf8"));
  assert.equal(manifest.repository.url, "git+https://github.com/some-owner/some-repository.git");
});

test("one version everywhere", () => {
  for (const [file, said] of [
    ["package.json", /"version": "(.*?)"/],
    [".pre-commit-hooks.yaml", /specweave-lsp@(.*?)"/],
    ["pyproject.toml", /specweave-lsp==(.*?)"/],
    ["action.yml", /default: "(\d.*?)"/],
    ["editors/mason/package.yaml", /specweave-lsp@(.*)/],
    ["editors/vscode/package.json", /"version": "(.*?)"/],
    ["editors/zed/extension.toml", /^version = "(.*?)"/m],
    ["editors/zed/Cargo.toml", /^version = "(.*?)"/m],
    ["editors/emacs/specweave-lsp.el", /^;; Version: (.*)$/m],
    ["docs/git-hooks.md", /rev: v(.*)/],
    ["docs/ci.md", /specweave-lsp@(\d.*?)\s/],
  ]) {
    assert.equal(said.exec(read(file))?.[1], version, file);
  }
});
