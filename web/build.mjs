// node web/build.mjs FOLDER: bundles the console into FOLDER: index.html, licences.txt, and files that bear a hash of what is
// in them, each also zipped (.gz, .br). Each section is a file of its own, fetched when somebody opens it. The same sources
// give the same bytes. The folder is replaced as a whole, and left alone when nothing changed.
import { build } from 'esbuild';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = new URL('.', import.meta.url).pathname;
const folder = process.argv[2];
if (!folder) throw new Error('usage: node web/build.mjs FOLDER');
const fresh = `${folder}.${process.pid}`;
const read = (dir, name) => readFileSync(join(dir, name));

// The licences of what runs in the browser, as its packages give them.
function licences() {
  const { dependencies } = JSON.parse(read(here, 'package.json'));
  return Object.keys(dependencies).sort().map((name) => {
    const dir = join(here, 'node_modules', name);
    const { version, license } = JSON.parse(read(dir, 'package.json'));
    const file = readdirSync(dir).find((f) => /^licen[cs]e/i.test(f));
    return `${name} ${version} (${license})\n\n${read(dir, file).toString().trim()}\n`;
  }).join(`\n${'-'.repeat(72)}\n\n`);
}

async function bundle() {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: ['src/main.tsx', 'src/style.css'],
    outdir: fresh,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  return metafile.outputs;
}

function page(outputs) {
  const of = (entry) => Object.entries(outputs).find(([, o]) => o.entryPoint === entry);
  const [main, { imports }] = of('src/main.tsx');
  const early = imports.filter((i) => i.kind === 'import-statement')
    .map((i) => `<link rel="modulepreload" href="${basename(i.path)}">\n`).sort().join('');
  return read(here, 'index.html').toString()
    .replace('main.js', basename(main))
    .replace('style.css', basename(of('src/style.css')[0]))
    .replace('<script', `${early}<script`);
}

// Zipped where that saves something.
function zip(name) {
  const plain = read(fresh, name);
  const brotli = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  const ways = { gz: gzipSync(plain, { level: 9 }), br: brotliCompressSync(plain, { params: brotli }) };
  for (const [ending, bytes] of Object.entries(ways))
    if (bytes.length < plain.length) writeFileSync(join(fresh, `${name}.${ending}`), bytes);
}

function content(dir) {
  try {
    return JSON.stringify(readdirSync(dir).sort().map((name) => [name, read(dir, name).toString('latin1')]));
  } catch {
    return '';
  }
}

mkdirSync(fresh, { recursive: true });
writeFileSync(join(fresh, 'index.html'), page(await bundle()));
writeFileSync(join(fresh, 'licences.txt'), licences());
readdirSync(fresh).forEach(zip);
if (content(fresh) === content(folder)) {
  rmSync(fresh, { recursive: true });
} else {
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}
