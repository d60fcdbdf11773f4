// SpecWeave's own detector as an oracle: one JSON line in (`{spec, metadata}`, base64 of the bytes of both files), one
// JSON line out (`{error}`, or `{desync, specStatus, metadataStatus}` with each status tagged by its kind).
//
// node oracle.mjs FOLDER, where FOLDER holds node_modules with `specweave`.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';

// Standard output carries answers only.
console.log = console.error;

const detectorPath = path.join(
  path.resolve(process.argv[2]),
  'node_modules/specweave/dist/src/core/increment/desync-detector.js',
);
const { DesyncDetector } = await import(pathToFileURL(detectorPath));
const matter = createRequire(detectorPath)('gray-matter');

// The peer runs frontmatter marked as JavaScript. Cases are made by chance, so nothing of that kind may get through.
matter.engines.javascript = {
  parse() {
    throw new Error('JavaScript frontmatter is not run here');
  },
};

// Thousands of small files: memory, where the system offers it as a folder.
const base = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const root = fs.mkdtempSync(path.join(base, 'specweave-oracle-'));
const increments = path.join(root, '.specweave/increments');
fs.mkdirSync(increments, { recursive: true });
process.on('exit', () => fs.rmSync(root, { recursive: true, force: true }));

const detector = new DesyncDetector({ projectRoot: root });

function tagged(value) {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case 'string':
      // Half a surrogate pair cannot be written as UTF-8.
      return value.isWellFormed() ? { kind: 'text', text: value } : { kind: 'half character' };
    case 'number':
      return { kind: 'number', text: String(value) };
    case 'boolean':
      return { kind: 'boolean', text: String(value) };
  }
  if (value instanceof Date) return { kind: 'date' };
  if (Buffer.isBuffer(value)) return { kind: 'binary' };
  return { kind: Array.isArray(value) ? 'list' : 'map' };
}

let count = 0;

async function answer({ spec, metadata }) {
  // A fresh folder for each case, and nothing remembered: gray-matter hands out what it parsed before, broken or not.
  const id = `${String(++count).padStart(4, '0')}-case`;
  const folder = path.join(increments, id);
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'spec.md'), Buffer.from(spec, 'base64'));
  fs.writeFileSync(path.join(folder, 'metadata.json'), Buffer.from(metadata, 'base64'));
  matter.clearCache();
  try {
    const result = await detector.checkIncrement(id);
    if (result.error !== undefined) return { error: result.error.split('\n')[0].toWellFormed() };
    return {
      desync: result.hasDesync,
      specStatus: tagged(result.specStatus),
      metadataStatus: tagged(result.metadataStatus),
    };
  } catch (error) {
    return { error: `crash: ${error}` };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
