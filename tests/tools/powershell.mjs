// What a PowerShell script completes, as {"specweave-lsp;hook": ["install", …], …}. Fails where the script does not parse.
//
//     node powershell.mjs FOLDER_OF_NODE_MODULES SCRIPT
//
// PowerShell itself is in none of the registries that these tests install from.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, script] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, 'package.json'));
const { Language, Parser } = require('web-tree-sitter');
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(require.resolve('tree-sitter-powershell/tree-sitter-powershell.wasm')));

/** The grammar wants parentheses around a method's block, PowerShell does not. */
const text = readFileSync(script, 'utf8').replace(/\.Where\{([^{}]*)\}/, '.Where({$1})');
const { rootNode } = parser.parse(text);
for (const node of rootNode.descendantsOfType('ERROR')) {
  assert.fail(`line ${node.startPosition.row + 1} does not parse: ${node.text.slice(0, 200)}`);
}
assert(!rootNode.hasError, 'something is missing');
assert(parser.parse(text.replace('switch', 'swotch (')).rootNode.hasError, 'what is wrong is not taken');

const unquoted = (node) => node.text.slice(1, -1).replaceAll("''", "'");
const completions = {};
for (const clause of rootNode.descendantsOfType('switch_clause')) {
  const results = clause.descendantsOfType('invokation_expression');
  completions[unquoted(clause.firstChild)] = results.map((result) => {
    const strings = result.descendantsOfType('verbatim_string_characters').map(unquoted);
    assert.equal(strings.length, 3, `a text, a name and a tooltip: ${result.text}`);
    return strings[0].trim();
  });
}
console.log(JSON.stringify(completions));
