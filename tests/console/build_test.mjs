// The console's files: the same sources give the same bytes, and a program without them says how to get them.
// dev: binary=release
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

const root = new URL('../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'varco-console-'));
after(() => rmSync(folder, { recursive: true }));

function run(program, args, cwd) {
  const r = spawnSync(program, args, { cwd, encoding: 'utf8' });
  assert.equal(r.status, 0, r.stderr);
  return r.stdout;
}

function bundle(name, cwd) {
  const dir = join(folder, name);
  run(process.execPath, [join(root, 'web/build.mjs'), dir], cwd);
  return Object.fromEntries(readdirSync(dir).sort().map((file) => [file, readFileSync(join(dir, file))]));
}

test('the same sources give the same bytes, wherever they are bundled from', () => {
  const one = bundle('one', root), two = bundle('two', folder);
  assert.deepEqual(Object.keys(one), Object.keys(two));
  for (const [name, bytes] of Object.entries(one)) assert.ok(bytes.equals(two[name]), name);
  const made = join(folder, 'one');
  const before = statSync(made).mtimeMs;
  bundle('one', root);
  assert.equal(statSync(made).mtimeMs, before, 'what is the same is left alone');
});

test('what is zipped is what is plain, and only what bears a hash is kept for ever', () => {
  const files = bundle('zipped', root);
  const names = Object.keys(files).filter((name) => !/\.(gz|br)$/.test(name));
  for (const name of names) {
    assert.match(name, /^(index\.html|licences\.txt|[\w-]+-[A-Z0-9]{8}\.(js|css))$/);
    if (files[`${name}.gz`]) assert.ok(gunzipSync(files[`${name}.gz`]).equals(files[name]), name);
    if (files[`${name}.br`]) assert.ok(brotliDecompressSync(files[`${name}.br`]).equals(files[name]), name);
  }
  assert.match(files['licences.txt'].toString(), /preact [\d.]+ \(MIT\)/);
  const page = files['index.html'].toString();
  for (const [, name] of page.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)) assert.ok(names.includes(name), name);
  assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=/, 'no code and no style in the page');
});

test('a folder that is not there gives a table without files', () => {
  const table = join(folder, 'none.c');
  run('python3', [join(root, 'tools/embed-folder'), join(folder, 'none'), table, join(folder, 'none.d')]);
  assert.match(readFileSync(table, 'utf8'), /console_files\[\] = \{\n\t\{ NULL, /);
});

test('every name that a rule gives to what it saw has words', () => {
  const domain = join(root, 'src/domain');
  const rules = readdirSync(domain).filter((name) => /^rules.*\.c$/.test(name)).map((name) => readFileSync(join(domain, name), 'utf8')).join('');
  const written = new Set([...rules.matchAll(/evidence\(j\), "(\w+)"/g)].map(([, name]) => name));
  assert.ok(written.size > 50, `${written.size} names`);
  const table = readFileSync(join(root, 'web/src/evidence.ts'), 'utf8');
  const known = new Set([...table.matchAll(/^ {2}(\w+): \['/gm)].map(([, name]) => name));
  assert.deepEqual([...written].filter((name) => !known.has(name)), []);
});
