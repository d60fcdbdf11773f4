// node packaging/publish-npm.mjs [FOLDER] [npm's flags…]: publishes what npm.mjs made. What is there already is left out, so a
// release that broke off can be run again.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

import { project, run, shell, version } from "./lib.mjs";

const [folder = path.join(project, "dist/npm"), ...flags] = process.argv.slice(2);
const files = readFileSync(path.join(folder, "order"), "utf8").trim().split("\n");
// `latest` is what an install without a version gets.
const tag = version.includes("-") ? "next" : "latest";
for (const file of files) {
  const name = file.slice(0, -`-${version}.tgz`.length);
  const view = spawnSync("npm", ["view", `${name}@${version}`, "version"], { encoding: "utf8", shell });
  if (view.status === 0 && view.stdout.trim() === version) {
    console.log(`${name} ${version} is there already`);
    continue;
  }
  run("npm", ["publish", path.resolve(folder, file), "--access", "public", "--tag", tag, "--ignore-scripts", ...flags], { shell });
}
