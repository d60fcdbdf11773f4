// node packaging/apply-identity.mjs: writes the address of packaging/identity.json into the files that have to hold it
// themselves, as nothing makes them at release: what cargo, pre-commit, Mason and readers look at. Once, when it is decided.

import { writeFileSync } from "node:fs";
import path from "node:path";

import { fail, identity, project, read } from "./lib.mjs";

/** Stands where the address belongs. No address: nobody is led anywhere by mistake. */
export const placeholder = "REPOSITORY_URL";

export const places = ["Cargo.toml", "README.md", "docs/git-hooks.md", "docs/install.md", "editors/mason/package.yaml", "editors/zed/extension.toml"];

/** The commented line or block of each file comes into force with its address; what stands there until then goes. */
export function withAddress(text, its) {
  return text
    .replace(/^# (repository = "REPOSITORY_URL")$/m, "$1")
    .replace(/<!-- with an address: (.*?) -->/gs, "$1")
    .replace(/ ?<!-- until there is one: -->.*?<!-- -->/gs, "")
    .replaceAll(placeholder, its.url)
    .replaceAll("REPOSITORY_OWNER", its.owner)
    .replaceAll("REPOSITORY_NAME", its.repository);
}

if (process.argv[1] === import.meta.filename) {
  const its = identity();
  if (its === undefined) fail("packaging/identity.json is empty. Fill in owner, repository and publisher first.");
  for (const place of places) {
    const before = read(place);
    const after = withAddress(before, its);
    if (after !== before) {
      writeFileSync(path.join(project, place), after);
      console.log(place);
    }
  }
}
