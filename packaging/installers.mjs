// node packaging/installers.mjs [--out FOLDER]: the shell and PowerShell installers, as `dist` writes them (`pip install
// astral-dev-toolchain-cargo-dist==0.33.0`). They take the archives of archives.mjs from the release's page, so without
// packaging/identity.json there are none.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { identity, project, run, targets } from "./lib.mjs";

const { values } = parseArgs({ options: { out: { type: "string", default: path.join(project, "dist/release") } } });

/** What dist would build and pack itself, if we let it: targets.json decides. */
const configuration = `
[workspace]
members = ["cargo:."]

[dist]
cargo-dist-version = "0.33.0"
hosting = "github"
installers = ["shell", "powershell"]
install-path = ["$XDG_BIN_HOME/", "$XDG_DATA_HOME/../bin", "~/.local/bin"]
install-updater = false
source-tarball = false
targets = ${JSON.stringify(targets.map((target) => target.rust))}
unix-archive = ".tar.gz"
windows-archive = ".zip"

[dist.min-glibc-version]
"*" = "2.17"
`;

if (identity() === undefined) {
  console.log("no installers: packaging/identity.json does not say where the release will be");
} else {
  // A folder of its own: dist wants its configuration in the root, and goes by it for everything from then on.
  const folder = mkdtempSync(path.join(os.tmpdir(), "installers-"));
  try {
    for (const file of ["Cargo.toml", "Cargo.lock", "README.md", "src"]) cpSync(path.join(project, file), path.join(folder, file), { recursive: true });
    writeFileSync(path.join(folder, "dist-workspace.toml"), configuration);
    run("dist", ["build", "--artifacts=global", "--allow-dirty"], { cwd: folder });
    mkdirSync(values.out, { recursive: true });
    for (const name of ["specweave-lsp-installer.sh", "specweave-lsp-installer.ps1"]) {
      cpSync(path.join(folder, "target/distrib", name), path.join(values.out, name));
      console.log(name);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
