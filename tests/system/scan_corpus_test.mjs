// dev: binary=release
// The labelled corpus of tests/scan, through the whole program: what is found of what there is, and how much of what is found is
// there. A finding is right when tree, file, line, row, place
// and verdict are.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { readCorpus, treeNames, unpack } from '../scan/trees.mjs';
import { scratch, varcoBin } from './lib/process.mjs';

const LEAST = 0.98;
const AT_ONCE = 100;

const corpus = readCorpus();

async function scanSome(directories, cache) {
  const env = { PATH: process.env.PATH, HOME: cache, LC_ALL: 'C' };
  const args = ['scan', '--format', 'json', '--fail-on', 'never', ...directories];
  const { stdout } = await promisify(execFile)(varcoBin, args, { env, maxBuffer: 64 << 20 });
  const { verdicts, findings } = JSON.parse(stdout);
  return directories.map((_, i) => ({ verdict: verdicts[i], found: findings.filter((f) => f.root === i) }));
}

// What is said of each directory, in their order.
async function scan(directories) {
  const cache = scratch('scan-cache');
  const said = [];
  for (let i = 0; i < directories.length; i += AT_ONCE) said.push(...await scanSome(directories.slice(i, i + AT_ONCE), cache));
  return said;
}

const oneOf = (words, word) => words.split('|').includes(word);

// What stands at a path may be told for a directory above it; what several lines say together is told for one of them.
function fitsPosition(want, got) {
  if (want.line === 0) return want.path === got.path || want.path.startsWith(`${got.path}/`);
  return want.path === got.path && (want.near || got.line === 0 || want.line === got.line);
}

const fits = (want, got) => want.id === got.id && oneOf(want.verdict, got.verdict) && oneOf(want.place, got.place)
  && fitsPosition(want, got);

function judge(tree, verdict, found) {
  const missed = tree.findings.filter((want) => !want.also && !found.some((got) => fits(want, got)));
  const extra = found.filter((got) => got.verdict !== 'note' && !tree.findings.some((want) => fits(want, got)));
  return { tree, verdict, missed, extra, wrong: !oneOf(tree.verdict, verdict) };
}

const told = (f) => `${f.path}:${f.line} ${f.id} ${f.verdict} (${f.place})`;

function complaint({ tree, verdict, missed, extra, wrong }) {
  const lines = [];
  if (wrong) lines.push(`${tree.name}: is ${verdict}, should be ${tree.verdict}`);
  for (const f of missed) lines.push(`${tree.name}: missed ${told(f)}`);
  for (const f of extra) lines.push(`${tree.name}: wrongly ${told(f)}`);
  return lines;
}

const sum = (list, count) => list.reduce((n, item) => n + count(item), 0);

describe('the labelled corpus', () => {
  test('every tree has a verdict, and every verdict a tree', () => {
    assert.deepEqual(corpus.map((tree) => tree.name).sort(), treeNames());
    assert.ok(corpus.length >= 120);
  });

  test(`recall and precision are at least ${LEAST}`, async () => {
    const root = scratch('scan-corpus');
    const directories = corpus.map((tree) => join(root, tree.name));
    for (const [i, tree] of corpus.entries()) {
      mkdirSync(directories[i]);
      unpack(tree.name, directories[i]);
    }
    const judged = (await scan(directories)).map(({ verdict, found }, i) => judge(corpus[i], verdict, found));

    const right = sum(judged, (j) => j.tree.findings.filter((f) => !f.also).length - j.missed.length);
    const recall = right / (right + sum(judged, (j) => j.missed.length));
    const precision = right / (right + sum(judged, (j) => j.extra.length));
    const wrong = judged.filter((j) => j.wrong);
    const lines = judged.flatMap(complaint);
    console.log(`${corpus.length} trees, ${right} findings right; recall ${recall.toFixed(4)}, precision ${precision.toFixed(4)}; `
      + `${wrong.length} verdicts of roots wrong`);
    if (lines.length) console.log(lines.join('\n'));

    assert.ok(recall >= LEAST, `recall ${recall}\n${lines.join('\n')}`);
    assert.ok(precision >= LEAST, `precision ${precision}\n${lines.join('\n')}`);
    assert.ok(1 - wrong.length / corpus.length >= LEAST, lines.join('\n'));
    const alarmed = wrong.filter((j) => j.tree.verdict === 'clean' && j.verdict === 'unofficial');
    assert.deepEqual(alarmed.map((j) => j.tree.name), [], 'an innocent tree is called unofficial');
  });
});
