// Where other tools look: the pre-commit framework, GitHub's actions, Neovim's configurations, Mason, LSP4IJ.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, test } from "node:test";

import { version } from "../../packaging/lib.mjs";
import { binaries, desync, native, project, published, required, run, succeeds, temporary, tools } from "./setup.mjs";

const yaml = createRequire(path.join(tools, "node_modules/"))("js-yaml");
const read = (file) => readFileSync(path.join(project, file), "utf8");
const folder = temporary({ after });
/** mason.nvim and mason-lspconfig.nvim, as tests/run.sh finds them. */
const plugins = required("SPECWEAVE_NVIM_PLUGINS");
let served;

before(async () => {
  served = await published(folder);
});
after(() => served?.stop());

/** This project as a repository that hooks are taken from. */
function hooksRepository(folder) {
  mkdirSync(folder);
  for (const file of [".pre-commit-hooks.yaml", "package.json", "pyproject.toml", "LICENSE-MIT"]) cpSync(path.join(project, file), path.join(folder, file));
  return commit(folder);
}

function git(folder, ...args) {
  const who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@localhost"];
  return execFileSync("git", [...who, ...args], { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH, HOME: folder } }).trim();
}

function commit(folder) {
  git(folder, "init", "--quiet");
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--message", "published");
  return git(folder, "rev-parse", "HEAD");
}

for (const language of ["node", "python"]) {
  test(`the pre-commit framework, by ${language}`, async (t) => {
    const base = temporary(t);
    const hooks = path.join(base, "hooks");
    const rev = hooksRepository(hooks);
    const root = path.join(base, "project");
    const [increment] = [path.join(root, ".specweave/increments/0047-us-task-linkage")];
    desync(root);
    writeFileSync(path.join(increment, "metadata.json"), readFileSync(path.join(increment, "metadata.json"), "utf8").replace("completed", "active"));
    const config = { repos: [{ repo: hooks, rev, hooks: [{ id: `specweave-lsp-${language}` }] }] };
    writeFileSync(path.join(root, ".pre-commit-config.yaml"), JSON.stringify(config));
    commit(root);
    const env = {
      ...served.env,
      PATH: `${path.join(tools, "python/bin")}:${served.env.PATH}`,
      PRE_COMMIT_HOME: path.join(base, "cache"),
      // What a release puts on PyPI, and what builds the package in the root.
      PIP_NO_INDEX: "1",
      PIP_FIND_LINKS: `${path.join(tools, "wheelhouse")} ${path.join(binaries, "../wheels")}`,
    };
    const started = performance.now();
    await succeeds("pre-commit", ["install-hooks"], { cwd: root, env });
    t.diagnostic(`installed in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    await succeeds("pre-commit", ["run", "--all-files"], { cwd: root, env });
    writeFileSync(path.join(increment, "spec.md"), readFileSync(path.join(increment, "spec.md"), "utf8").replace("active", "completed"));
    git(root, "add", "--all");
    const { code, stdout } = await run("pre-commit", ["run"], { cwd: root, env });
    assert.equal(code, 1, stdout);
    assert.match(stdout, /spec\.md says `completed`, metadata\.json says `active`/);
  });
}

test("GitHub's action installs and annotates, step by step as a runner runs it", async (t) => {
  const action = yaml.load(read("action.yml"));
  const defaults = Object.fromEntries(Object.entries(action.inputs).map(([name, it]) => [name, it.default]));
  const base = temporary(t);
  const root = desync(path.join(base, "project"));
  const paths = path.join(base, "path");
  writeFileSync(paths, "");
  const results = [];
  for (const step of action.runs.steps) {
    assert.equal(step.shell, "bash");
    const env = Object.fromEntries(Object.entries(step.env).map(([name, value]) => [name, value.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input) => defaults[input])]));
    const added = readFileSync(paths, "utf8").trim();
    results.push(
      await run("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run], {
        cwd: root,
        env: { ...served.env, ...env, RUNNER_TEMP: base, RUNNER_OS: "Linux", GITHUB_PATH: paths, PATH: `${added}:${served.env.PATH}` },
      }),
    );
  }
  assert.deepEqual(results.map(({ code }) => code), [0, 1], JSON.stringify(results));
  assert.match(results[1].stdout, /^::error file=\.specweave\/increments\/0047-us-task-linkage\/spec\.md,line=3,/m);
});

test("nvim-lspconfig's file, in a real Neovim", async (t) => {
  const base = temporary(t);
  const root = desync(path.join(base, "project"));
  mkdirSync(path.join(base, "bin"));
  cpSync(native, path.join(base, "bin/specweave-lsp"));
  const script = `
    vim.opt.runtimepath:append(${JSON.stringify(path.join(project, "editors/lspconfig"))})
    vim.lsp.enable('specweave_lsp')
    vim.cmd.edit('.specweave/increments/0047-us-task-linkage/spec.md')
    local seen = vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end)
    io.stdout:write(seen and vim.diagnostic.get(0)[1].message or 'nothing')
    vim.cmd('qall!')
  `;
  writeFileSync(path.join(base, "try.lua"), script);
  const env = { PATH: `${path.join(base, "bin")}:/usr/bin:/bin`, HOME: base, XDG_STATE_HOME: base, XDG_RUNTIME_DIR: base };
  const { stdout, stderr } = await succeeds(path.join(tools, "neovim/bin/nvim"), ["--headless", "--clean", "-l", path.join(base, "try.lua")], { cwd: root, env });
  assert.match(stdout + stderr, /spec\.md says `active`, metadata\.json says `completed`/);
});

test("Mason's entry, from a registry in a folder, in a real Neovim with mason.nvim and mason-lspconfig.nvim", async (t) => {
  const text = read("editors/mason/package.yaml");
  const entry = yaml.load(text);
  assert.equal(entry.source.id, `pkg:npm/specweave-lsp@${version}`);
  const base = temporary(t);
  const root = desync(path.join(base, "project"));
  const at = path.join(base, "registry/packages", entry.name);
  mkdirSync(at, { recursive: true });
  // Mason wants an address, and this project has none yet.
  writeFileSync(path.join(at, "package.yaml"), text.replace("REPOSITORY_URL", "https://localhost/"));
  // For a registry in a folder Mason calls `yq`, the one written in Go, which is on neither npm nor PyPI: this answers the
  // only call that it makes, with a line of JSON for each document.
  const yq = path.join(base, "bin/yq");
  mkdirSync(path.dirname(yq));
  const script = `const yaml = require(${JSON.stringify(path.join(tools, "node_modules/js-yaml"))});
if (process.argv.slice(2).join(" ") !== "-I0 -o json") process.exit(2);
for (const each of yaml.loadAll(require("node:fs").readFileSync(0, "utf8"))) if (each) console.log(JSON.stringify(each));\n`;
  writeFileSync(yq, `#!${process.execPath}\n${script}`, { mode: 0o755 });
  const env = {
    ...served.env,
    HOME: base,
    PATH: `${path.dirname(yq)}:${served.env.PATH}`,
    SPECWEAVE_NVIM_PLUGINS: plugins,
    REGISTRY: path.join(base, "registry"),
    LSPCONFIG: path.join(project, "editors/lspconfig"),
    XDG_RUNTIME_DIR: base,
  };
  const started = performance.now();
  const { stdout, stderr } = await succeeds(path.join(tools, "neovim/bin/nvim"), ["--headless", "--clean", "-l", path.join(project, "tests/packages/mason.lua")], { cwd: root, env });
  const said = Object.fromEntries(stdout.trim().split("\n").map((line) => [line.split(" ", 1)[0], line.slice(line.indexOf(" ") + 1)]));
  assert.equal(said.installed, version, stdout + stderr);
  assert.equal(said.program, path.join(base, ".local/share/nvim/mason/bin/specweave-lsp"));
  assert.equal(said.client, entry.neovim.lspconfig);
  assert.match(said.finding, /spec\.md says `active`, metadata\.json says `completed`/);
  t.diagnostic(`:MasonInstall and the first finding: ${((performance.now() - started) / 1000).toFixed(1)} s`);
});

test("LSP4IJ's template: its installer's command brings what it then starts", async (t) => {
  const template = JSON.parse(read("editors/jetbrains/template.json"));
  const installer = JSON.parse(read("editors/jetbrains/installer.json"));
  const base = temporary(t);
  const [command, ...args] = installer.run.exec.command.default.split(" ");
  await succeeds(command, args, { cwd: base, env: served.env });
  const program = installer.run.exec.onSuccess.configureServer.command.default.replace("${workingDir}", base);
  assert.equal((await succeeds(program, ["--version"], { env: served.env })).stdout, `specweave-lsp ${version}\n`);
  assert.equal(template.programArgs.default, path.basename(program));
});
