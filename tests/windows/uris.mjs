// Whether VS Code's own parser takes each URI that a file has one of per line, for the same file that the server means.
//
//     node uris.mjs FILE_OF_URIS FOLDER_OF_NODE_MODULES

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

// What fsPath does depends on the system; this is what it is on Windows. The parser looks once, when it is loaded.
Object.defineProperty(process, 'platform', { value: 'win32' });
const [uris, modules] = process.argv.slice(2);
const { URI } = createRequire(path.resolve(modules, 'package.json'))('vscode-uri');

const told = new Set(readFileSync(uris, 'utf8').split('\n').filter(Boolean));
assert(told.size >= 8, `${told.size} URIs are no session`);
for (const uri of told) {
  const { scheme, fsPath } = URI.parse(uri, true);
  assert.equal(scheme, 'file', uri);
  assert.match(fsPath, /^[a-z]:\\(?!.*[?/])/, uri);
}
assert.throws(() => URI.parse('file://///%3F/C%3A/p', true), 'this is what it refuses');
console.log(`VS Code's parser takes all ${told.size} URIs, such as ${[...told].at(-1)}`);
