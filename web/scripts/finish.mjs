// After the build: removes what earlier builds left, compresses what the server sends, and holds the budget.
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = "dist";
/** Compressed JavaScript of the list page and of the live page, in bytes. */
const LIST_MAX = 180_000;
const LIVE_MAX = 420_000;

const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
const current = new Set(["index.html", ...readdirSync("public")]);
for (const chunk of Object.values(manifest)) {
  for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) current.add(file);
}

const gzipped = new Map();
const nameOf = (path) => relative(dist, path).replaceAll("\\", "/");
const built = files(dist).filter((path) => nameOf(path) !== ".gitignore" && !nameOf(path).startsWith(".vite/"));
for (const path of built.filter((path) => !current.has(nameOf(path)))) rmSync(path);
for (const path of built.filter((path) => current.has(nameOf(path)))) {
  const name = nameOf(path);
  const bytes = readFileSync(path);
  const gzip = gzipSync(bytes, { level: 9 });
  gzipped.set(name, gzip.length);
  if (!/\.(js|css|html|svg)$/.test(name)) continue;
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  writeFileSync(`${path}.gz`, gzip);
  writeFileSync(`${path}.br`, brotli);
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const list = closure([entry, chunkOf("src/routes/sessions.tsx")]);
const live = closure([entry, chunkOf("src/routes/live/live.tsx")]);
const listBytes = script(list);
const liveBytes = script(live);
console.log(`list page: ${kilo(listBytes)} kB of compressed JavaScript; live page: ${kilo(liveBytes)} kB`);
const media = [...list].filter((key) => /livekit/i.test(`${key} ${manifest[key].file}`));
if (media.length > 0) fail(`the list page loads media code: ${media.join(", ")}`);
if (listBytes > LIST_MAX) fail(`the list page may have ${kilo(LIST_MAX)} kB`);
if (liveBytes > LIVE_MAX) fail(`the live page may have ${kilo(LIVE_MAX)} kB`);

function chunkOf(source) {
  if (!(source in manifest)) fail(`there is no chunk for ${source}`);
  return source;
}

/** What a browser loads for these chunks without being asked again. */
function closure(keys) {
  const seen = new Set();
  const visit = (key) => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const next of manifest[key].imports ?? []) visit(next);
  };
  keys.forEach(visit);
  return seen;
}

function script(keys) {
  return [...keys].reduce((sum, key) => sum + (manifest[key].file.endsWith(".js") ? gzipped.get(manifest[key].file) : 0), 0);
}

function kilo(bytes) {
  return (bytes / 1000).toFixed(1);
}

function fail(text) {
  console.error(text);
  process.exit(1);
}

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}
