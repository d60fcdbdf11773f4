// Checks that Lua files are formatted as stylua.toml says: node stylua.mjs FOLDER_OF_STYLUA FILE… The package is StyLua as
// WebAssembly: there at once, where the program itself would have to be built.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [folder, ...files] = process.argv.slice(2);
const stylua = createRequire(resolve(folder, 'x.js'))('@johnnymorganz/stylua/stylua_lib_node.cjs');

const ENUMS = { indent_type: stylua.IndentType, quote_style: stylua.QuoteStyle };
const settings = readFileSync(new URL('../../stylua.toml', import.meta.url), 'utf8');
const config = () => {
  const made = stylua.Config.new();
  for (const [, name, value] of settings.matchAll(/^(\w+) = (.*)$/gm)) {
    const parsed = JSON.parse(value);
    made[name] = name in ENUMS ? ENUMS[name][parsed] : parsed;
  }
  return made;
};

const wrong = files.filter((file) => {
  const text = readFileSync(file, 'utf8');
  return stylua.formatCode(text, config(), undefined, stylua.OutputVerification.None) !== text;
});
for (const file of wrong) console.error(`${file}: not as StyLua formats it; run \`stylua ${file}\``);
process.exit(wrong.length > 0 || files.length === 0 ? 1 : 0);
