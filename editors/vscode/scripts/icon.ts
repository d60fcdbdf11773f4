// Draws icons/icon.png from icons/icon.svg, with Chromium. By hand, after the drawing changed.

import { readFileSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

const icons = path.resolve(import.meta.dirname, "../icons");
const browser = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 128, height: 128 } });
await page.setContent(`<body style="margin:0">${readFileSync(path.join(icons, "icon.svg"), "utf8").replace("<svg", '<svg width="128" height="128"')}</body>`);
await page.screenshot({ path: path.join(icons, "icon.png"), omitBackground: true });
await browser.close();
