// dev: binary=release
// docs/incident.md shows one run of tests/stories/incident.mjs: the same commands in the same order, and every line that it shows
// of their answers. Ids, figures and the width of columns differ from run to run; a line of the page may end in "…", and a line that
// is only "…" stands for any number of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { scratch } from './lib/varco.mjs';

const root = new URL('../..', import.meta.url).pathname;

function plain(line) {
  return line.replace(/(inc|imp)_[0-9a-z]{13}/g, '$1').replace(/\d[\d,]*/g, '#').replace(/[ \t]+/g, ' ').trimEnd();
}

// [{command, lines}] of what is printed behind "$ …", up to the next; blank lines are left out.
function runs(text) {
  const found = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('$ ')) found.push({ command: plain(line), lines: [] });
    else if (found.length && line.trim()) found.at(-1).lines.push(plain(line));
  }
  return found;
}

// Those of the page: of blocks that begin with a command, up to the reference.
function shown() {
  const [page] = readFileSync(`${root}docs/incident.md`, 'utf8').split('\n# Reference\n');
  return [...page.matchAll(/^```\n([^]*?)^```$/gm)].map((x) => x[1]).filter((x) => x.startsWith('$ ')).flatMap(runs);
}

test('the page shows what the programs print', () => {
  const r = spawnSync(process.execPath, [`${root}tests/stories/incident.mjs`], {
    encoding: 'utf8', env: { ...process.env, STORY_OUT: scratch('story') }, timeout: 300000,
  });
  assert.equal(r.status, 0, r.stderr);
  assert.ok(!r.stdout.includes('(exit code'), r.stdout);
  const told = runs(r.stdout), page = shown();
  assert.ok(page.length > 12);
  assert.deepEqual(page.map((x) => x.command), told.map((x) => x.command));
  for (const [i, { command, lines }] of page.entries()) {
    for (const line of lines.filter((x) => x !== '…' && x !== ' …')) {
      const begin = line.replace(/ ?…$/, '');
      assert.ok(told[i].lines.some((x) => (line === begin ? x === line : x.startsWith(begin))), `${command}\n${line}`);
    }
  }
});
