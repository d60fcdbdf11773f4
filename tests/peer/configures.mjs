// SpecWeave's own changes of its config.json: node configures.mjs NODE_MODULES ROOT.
const [modules, projectRoot] = process.argv.slice(2);
const { ConfigManager } = await import(`file://${modules}/specweave/dist/src/core/config/config-manager.js`);
const quiet = { log() {}, info() {}, warn() {}, error() {}, debug() {} };
const config = new ConfigManager(projectRoot, quiet);
await config.update({ limits: { maxActiveIncrements: 3 } });
await config.set("language", "de");
