// What SpecWeave's own detector says of a project: node agrees.mjs NODE_MODULES ROOT. Prints JSON.
const [modules, projectRoot] = process.argv.slice(2);
const { DesyncDetector } = await import(`file://${modules}/specweave/dist/src/core/increment/desync-detector.js`);
const quiet = { log() {}, info() {}, warn() {}, error() {}, debug() {} };
const report = await new DesyncDetector({ projectRoot, logger: quiet }).scanAll();
const { totalScanned, totalDesyncs, errors, healthy } = report;
process.stdout.write(JSON.stringify({ totalScanned, totalDesyncs, errors, healthy: healthy.length }));
