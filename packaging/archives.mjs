// node packaging/archives.mjs [--binaries FOLDER] [--out FOLDER] [--partial]: what a release offers for download, and what
// `cargo binstall` and the installers look for: an archive a target, named and laid out as `dist` does it, and as Cargo.toml's
// [package.metadata.binstall] says.

import { cpSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import * as lib from "./lib.mjs";

const { values } = parseArgs({
  options: {
    binaries: { type: "string", default: path.join(lib.project, "dist/binaries") },
    out: { type: "string", default: path.join(lib.project, "dist/release") },
    partial: { type: "boolean", default: false },
  },
});
const out = path.resolve(values.out);
mkdirSync(out, { recursive: true });
for (const target of lib.built(values.binaries, values)) {
  const name = `specweave-lsp-${target.rust}`;
  const folder = path.join(out, name);
  lib.copyProgram(lib.binary(values.binaries, target), path.join(folder, lib.program(target)));
  for (const file of [...lib.licenses, "README.md", "CHANGELOG.md"]) cpSync(path.join(lib.project, file), path.join(folder, file));
  const file = path.join(out, lib.archive(target));
  rmSync(file, { force: true });
  // The installer for Windows wants no folder inside; `zip` keeps that a file is executable, which Windows does not care about.
  if (target.archive === "zip") lib.run("zip", ["-q", "-r", "-X", file, "."], { cwd: folder });
  else lib.run("tar", ["-czf", file, "--owner=0", "--group=0", name], { cwd: out });
  rmSync(folder, { recursive: true });
  console.log(lib.archive(target));
}
