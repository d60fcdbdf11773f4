// Lets SpecWeave's own updaters write its two caches of a project: node caches.mjs NODE_MODULES ROOT.
const [modules, root] = process.argv.slice(2);
const core = `file://${modules}/specweave/dist/src/core`;
const { StatusLineUpdater } = await import(`${core}/status-line/status-line-updater.js`);
const { ActiveIncrementManager } = await import(`${core}/increment/active-increment-manager.js`);
process.chdir(root);
await new StatusLineUpdater(root).update();
new ActiveIncrementManager(root).smartUpdate();
