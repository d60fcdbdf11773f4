// node packaging/check-identity.mjs [TAG]: whether a release may start. It may not while nobody has decided whose project
// this is, while a place still has the placeholder, or with a tag of another version.

import { places, placeholder } from "./apply-identity.mjs";
import { fail, identity, read, version } from "./lib.mjs";

const its = identity();
if (its === undefined) {
  fail("packaging/identity.json does not say whose project this is. Fill in owner, repository and publisher, run `node packaging/apply-identity.mjs`, and commit what it changes.");
}
for (const place of places) {
  const text = read(place);
  if (text.includes(placeholder) || !text.includes(its.url)) {
    fail(`${place} does not name ${its.url}. Run \`node packaging/apply-identity.mjs\` and commit what it changes.`);
  }
}
const tag = process.argv[2];
if (tag !== undefined && tag !== `v${version}`) fail(`The tag is ${tag}, but Cargo.toml says ${version}: it has to be v${version}.`);
console.log(`${its.owner}/${its.repository}, version ${version}, publisher ${its.publisher}`);
