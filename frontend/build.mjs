// Bundles src/ into the static folder of the web package, with a content hash in every name, and writes what became of each
// entry to manifest.json (read by `{% asset %}`). Also builds the icon sprite: of all Tabler icons, only those the project names.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const product = join(here, "..", "src", "tradewind");
const out = join(product, "web", "static", "dist");
const watch = process.argv.includes("--watch");

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  metafile: true,
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  legalComments: "linked",
  logLevel: "warning",
};

/** Every icon that a template or a Python file names: {% icon "send" %}, icon="send" or "icon": "send". */
async function usedIcons() {
  const names = new Set();
  for (const entry of await readdir(product, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(html|py)$/.test(entry.name)) continue;
    const text = await readFile(join(entry.parentPath ?? entry.path, entry.name), "utf8");
    for (const match of text.matchAll(/\bicon["']?(?:: str)?\s*[=:]?\s*["']([a-z0-9-]+)["']/g)) names.add(match[1]);
  }
  return [...names].sort();
}

async function sprite() {
  const symbols = [];
  const missing = [];
  for (const name of await usedIcons()) {
    const file = join(here, "node_modules", "@tabler", "icons", "icons", "outline", `${name}.svg`);
    try {
      const body = (await readFile(file, "utf8")).replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
      const shapes = body.replace(/<path stroke="none"[^>]*>/, "").replace(/\s+/g, " ").trim();
      symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`);
    } catch {
      missing.push(name);
    }
  }
  if (missing.length) console.warn(`No Tabler icon has the name: ${missing.join(", ")}. Look at tabler.io/icons.`);
  const attributes = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${symbols.join("")}</svg>`;
  const name = `icons-${createHash("sha256").update(svg).digest("hex").slice(0, 8)}.svg`;
  await writeFile(join(out, name), svg);
  return name;
}

/** Compressed neighbours, which WhiteNoise sends to browsers that take them. */
async function compress() {
  for (const entry of await readdir(out)) {
    if (!/\.(js|css|svg)$/.test(entry)) continue;
    const bytes = await readFile(join(out, entry));
    await writeFile(join(out, `${entry}.gz`), gzipSync(bytes, { level: 9 }));
    await writeFile(join(out, `${entry}.br`), brotliCompressSync(bytes));
  }
}

/** A server that runs still names the files of the build before: what nobody wrote for a day goes. */
async function forget() {
  const yesterday = Date.now() - 24 * 3600 * 1000;
  for (const entry of await readdir(out)) {
    const file = join(out, entry);
    if ((await stat(file)).mtimeMs < yesterday) await rm(file);
  }
}

async function build() {
  await mkdir(out, { recursive: true });
  const results = await Promise.all([
    esbuild.build({ ...common, entryPoints: ["src/app.ts", "src/app.css"], format: "esm", splitting: true }),
    esbuild.build({ ...common, entryPoints: ["src/theme.ts"], format: "iife" }),
  ]);
  const manifest = {};
  for (const { metafile } of results)
    for (const [file, made] of Object.entries(metafile.outputs))
      if (made.entryPoint && /\.(js|css)$/.test(file)) {
        const name = relative(out, join(here, file));
        if (!name.startsWith("chunk-")) manifest[name.replace(/-[A-Z0-9]{8}(?=\.)/, "")] = name;
      }
  manifest["icons.svg"] = await sprite();
  if (!watch) await compress();
  await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));
  await forget();
  console.log(Object.values(manifest).join("  "));
}

await build();
if (watch) {
  const { watch: look } = await import("node:fs");
  let timer;
  for (const folder of [join(here, "src"), product])
    look(folder, { recursive: true }, (_event, file) => {
      if (!file || /static.dist|__pycache__|\.pyc$/.test(file)) return;
      clearTimeout(timer);
      timer = setTimeout(() => build().catch((error) => console.error(error.message)), 150);
    });
}
