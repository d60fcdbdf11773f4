// node packaging/checksums.mjs [FOLDER]: SHA256SUMS of all that lies in it, as `sha256sum --check` reads it.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import { fail, project } from "./lib.mjs";

const folder = process.argv[2] ?? path.join(project, "dist/release");
const files = readdirSync(folder).filter((name) => name !== "SHA256SUMS").sort();
if (files.length === 0) fail(`There is nothing in ${folder}.`);
const sums = files.map((name) => `${createHash("sha256").update(readFileSync(path.join(folder, name))).digest("hex")}  ${name}\n`);
writeFileSync(path.join(folder, "SHA256SUMS"), sums.join(""));
console.log(sums.join("").trimEnd());
