// dev: binary=release
// This repository under its own scan: clean, and what is allowed is allowed by the committed .varcoignore, with reasons.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scratch, varcoBin } from './lib/process.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const env = { PATH: process.env.PATH, HOME: scratch('scan-self'), LC_ALL: 'C' };
const varco = (...args) => spawnSync(varcoBin, ['scan', ...args], { cwd: root, env, encoding: 'utf8', maxBuffer: 64 << 20 });

test('varco scan . says clean, with coverage', () => {
  const { status, stdout } = varco('.');
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^Verdict: clean\./m);
  const [, files] = /read: (\d+) files in \d+ directories/.exec(stdout);
  const named = ['src/', 'docs/', 'bench/', 'console/', 'packs/'].some((part) => new RegExp(`ignored by .varcoignore:.*${part}(,|$)`, 'm').test(stdout));
  assert.ok(Number(files) > 1000 && !named, 'nearly everything is read');
});

test('what is allowed keeps its reason, and without the ignore files it is official', () => {
  const allowed = JSON.parse(varco('--json', '.').stdout).findings;
  assert.ok(allowed.length > 0 && allowed.every((f) => f.verdict === 'official' && f.allowed.length > 20));
  const report = JSON.parse(execFileSync(varcoBin, ['scan', '--json', '--no-ignore', 'src'], { cwd: root, env, maxBuffer: 64 << 20 }));
  assert.equal(report.verdict, 'official');
});
