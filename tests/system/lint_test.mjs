// dev: binary=release
// `varco template lint`: files without a server, accounts with one; text, JSON and SARIF 2.1.0 against its published schema.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { company, startWorld } from './lib/varco.mjs';
import { scratch, varcoBin } from './lib/process.mjs';

const root = scratch('lint');
const packages = fileURLToPath(new URL('../clients/node_modules/', import.meta.url));
const require = createRequire(join(packages, 'here.js'));
const Ajv = require('ajv-draft-04').default;
const addFormats = require('ajv-formats').default;

function lint(args, env = {}) {
  const run = spawnSync(varcoBin, ['template', 'lint', ...args], {
    cwd: root, env: { PATH: process.env.PATH, HOME: root, LC_ALL: 'C', ...env }, encoding: 'utf8', maxBuffer: 64 << 20,
  });
  return { status: run.status, out: run.stdout, err: run.stderr };
}
const file = (name, value) => {
  writeFileSync(join(root, name), typeof value === 'string' ? value : JSON.stringify(value, null, 2));
  return name;
};
const definition = (text, more = {}) => ({
  name: 'order_shipped', language: 'it', category: 'UTILITY', components: [{ type: 'BODY', text }], ...more,
});

file('good.json', definition('Il suo ordine parte oggi e arriva giovedì.'));
file('offer.json', [
  definition('Il suo ordine è partito ieri.'),
  definition('Saldi: 20% di sconto su tutto fino a domenica, approfittane! Vedi bit.ly/a', { name: 'offer' }),
]);
file('bad.json', definition('{{1}} parte oggi dal magazzino.', { name: 'Bad Name' }));

describe('without a server', () => {
  test('a plain utility template is good', () => {
    assert.deepEqual(lint(['good.json']), { status: 0, out: 'order_shipped (it): good\n', err: '' });
  });

  test('what Meta would reject has its code, its place and what to do', () => {
    const { status, out } = lint(['bad.json']);
    assert.equal(status, 3);
    assert.match(out, /^Bad Name \(it\): not good\n {2}2:11 error: name: /);
    assert.match(out, /Write it like "bad_name"\./);
    assert.match(out, /components\[0\]\.text: .*\[variable\.first, 100\/2388299\]/);
  });

  test('promotion in a utility template shows its score and words', () => {
    const { status, out } = lint(['offer.json', '--json']);
    assert.equal(status, 3);
    const answer = JSON.parse(out);
    assert.deepEqual([answer.ok, answer.errors, answer.warnings], [false, 0, 2]);
    assert.deepEqual(answer.items.map((x) => [x.file, x.ok]), [['offer.json', true], ['offer.json', false]]);
    const misfit = answer.items[1].problems.find((x) => x.rule === 'template.category');
    assert.ok(misfit.score >= misfit.limit && /saldi/i.test(misfit.words) && misfit.line > 1, out);
    const said = JSON.parse(lint(['offer.json', '--json', '--lang', 'it']).out).items[1].problems.map((x) => x.message);
    assert.ok(said.some((x) => x.startsWith('Il testo sembra promozionale') || /promozion/.test(x)), said.join('\n'));
  });

  test('what Meta says of the category is believed', () => {
    const name = file('meta.json', { data: [definition('Saldi: 20% di sconto su tutto fino a domenica, approfittane!', { id: '1', status: 'APPROVED', correct_category: 'UTILITY' })] });
    assert.equal(lint([name]).status, 0);
    file(name, { data: [definition('Il suo ordine parte oggi.', { id: '1', status: 'APPROVED', correct_category: 'MARKETING' })] });
    const { status, out } = lint([name]);
    assert.equal(status, 3);
    assert.match(out, /Meta counts this template as marketing, not as utility\./);
  });

  test('from which level on it fails can be chosen', () => {
    const levels = { error: 0, warning: 3, note: 3, never: 0 };
    for (const [level, status] of Object.entries(levels)) assert.equal(lint(['offer.json', '--fail-on', level]).status, status, level);
    assert.equal(lint(['bad.json', '--fail-on', 'error']).status, 3);
    assert.equal(lint(['bad.json', '--fail-on', 'never']).status, 0);
    assert.equal(lint(['good.json', '--fail-on', 'note']).status, 0);
  });

  test('who writes is known by --sender', () => {
    const name = file('news.json', definition('Le nuove borse di primavera.', {
      category: 'MARKETING', components: [{ type: 'BODY', text: 'Le nuove borse di primavera.' },
        { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Stop promozioni' }] }],
    }));
    assert.equal(lint([name]).status, 0, 'it cannot be told');
    const { status, out } = lint([name, '--sender', 'Bottega Esempio']);
    assert.equal(status, 3);
    assert.match(out, /template\.identity/);
  });

  test('addresses of buttons are opened when that is asked for', async () => {
    const seen = [];
    const server = createServer((req, res) => {
      seen.push(req.url);
      res.writeHead({ '/here': 200, '/moved': 302, '/gone/A-1': 410 }[req.url] ?? 404, req.url === '/moved' ? { Location: '/here' } : {});
      res.end('x'.repeat(1000));
    });
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const base = `http://127.0.0.1:${server.address().port}`;
    const button = (url, more = {}) => ({ type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Apri', url, ...more }] });
    const one = (name, buttons) => definition('Il suo ordine parte oggi.', { name, components: [{ type: 'BODY', text: `Il suo ordine parte oggi: ${name}.` }, buttons] });
    const list = file('links.json', [
      one('here', button(`${base}/here`)), one('moved', button(`${base}/moved`)), one('missing', button(`${base}/missing`)),
      one('gone', button(`${base}/gone/{{1}}`, { example: ['A-1'] })), one('silent', button('http://127.0.0.1:1/')),
    ]);
    const rules = async (...args) => {
      const child = spawn(varcoBin, ['template', 'lint', list, '--json', ...args], { cwd: root, env: { PATH: process.env.PATH, HOME: root, LC_ALL: 'C' } });
      let out = '';
      child.stdout.on('data', (x) => { out += x; });
      await new Promise((resolve) => { child.on('close', resolve); });
      return Object.fromEntries(JSON.parse(out).items.map((x) => [x.name, x.problems.map((p) => [p.rule, p.answered])]));
    };
    const closed = await rules();
    assert.deepEqual(seen, []);
    assert.deepEqual(closed.missing, [['content.link', undefined]]);
    const open = await rules('--open-links');
    server.close();
    assert.deepEqual(open, {
      here: [['content.link', undefined]], moved: [['content.link', undefined]], missing: [['button.dead', 404]],
      gone: [['button.dead', 410]], silent: [['button.dead', undefined]],
    });
  });

  test('thousands of equal texts do not cost thousands of times as much, and each finding has its own line', () => {
    const same = Array.from({ length: 6000 }, (_, i) => definition('Il suo ordine parte oggi.', { name: `order_${i}` }));
    const name = file('same.json', `[\n${same.map((x) => JSON.stringify(x)).join(',\n')}\n]`);
    const { status, out } = lint([name, '--json']);
    assert.equal(status, 3);
    const { items } = JSON.parse(out);
    assert.equal(items.length, 6000);
    items.forEach((x, i) => {
      assert.deepEqual(x.problems.map((p) => [p.rule, p.line]), [['template.same', i + 2]]);
      assert.notEqual(x.problems[0].other, x.name);
    });
  });

  test('a file that cannot be read keeps no other from being checked, and SARIF says so', () => {
    const name = file('mark.json', `\ufeff${JSON.stringify(definition('Il suo ordine parte oggi.'))}`);
    assert.equal(lint([name]).status, 0, 'a byte order mark is no fault');
    const { status, out, err } = lint([name, 'none.json', '--format', 'sarif']);
    assert.equal(status, 4);
    assert.match(err, /none\.json/);
    const [run] = JSON.parse(out).runs;
    assert.equal(run.invocations[0].executionSuccessful, false);
    const [note] = run.invocations[0].toolExecutionNotifications;
    assert.match(note.message.text, /none\.json/);
    assert.equal(note.locations[0].physicalLocation.artifactLocation.uri, 'none.json');
    const json = lint([name, 'none.json', '--json']);
    assert.deepEqual(JSON.parse(json.out).unread.map((x) => x.file), ['none.json']);
    const alone = lint(['none.json', '--format', 'sarif']);
    assert.deepEqual([alone.status, JSON.parse(alone.out).runs[0].invocations[0].executionSuccessful], [1, false]);
    assert.equal(JSON.parse(lint([name, '--format', 'sarif']).out).runs[0].invocations[0].executionSuccessful, true);
  });

  test('a scheme that is no page is told as such, and not opened', () => {
    const name = file('script.json', definition('Il suo ordine parte oggi.', {
      components: [{ type: 'BODY', text: 'Il suo ordine parte oggi.' }, { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Apri', url: 'javascript:alert(1)' }] }],
    }));
    const { items } = JSON.parse(lint([name, '--json', '--open-links']).out);
    assert.deepEqual(items[0].problems.map((x) => x.rule), ['content.link']);
    assert.match(items[0].problems[0].message, /neither a page nor a conversation/);
  });

  test('its rules and Graph\'s subcodes are explained', () => {
    const explain = (...words) => spawnSync(varcoBin, ['explain', ...words], { env: { PATH: process.env.PATH, LC_ALL: 'C' }, encoding: 'utf8' });
    assert.match(explain('variable.first').stdout, /^variable\.first: .*\n\nerror: The text begins with a variable\. \(100\/2388299\)\nWhat to do: \S/);
    const { lint: rules } = JSON.parse(explain('2388299', '--json').stdout);
    assert.deepEqual(rules.map((x) => x.id), ['variable.beside', 'variable.first', 'variable.last']);
    assert.equal(explain('variable.none').status, 1);
  });

  test('several files are told apart', () => {
    const { status, out } = lint(['good.json', 'bad.json']);
    assert.equal(status, 3);
    assert.match(out, /^good\.json: order_shipped \(it\): good\nbad\.json: Bad Name \(it\): not good\n/);
  });

  test('what is no definition is a wrong use, not a finding', () => {
    const wrong = { 'empty.json': '', 'torn.json': '{"name":', 'none.json': '[]', 'missing.json': null };
    for (const [name, text] of Object.entries(wrong)) {
      if (text !== null) file(name, text);
      const { status, out, err } = lint([name]);
      assert.deepEqual([status, out], [text === null ? 1 : 2, ''], name);
      assert.match(err, /^varco template lint: \S.*\S\n$/, name);
    }
    assert.equal(lint([file('number.json', '[7, null]')]).status, 3, 'a list of what are none');
    assert.equal(lint([]).status, 2);
    assert.equal(lint(['good.json', '--format', 'html']).status, 2);
    assert.equal(lint(['good.json', '--fail-on', 'sometimes']).status, 2);
    assert.equal(lint(['good.json', '--waba', '1', '--policy', 'x']).status, 2);
    assert.equal(lint(['good.json', '--waba', '1', '--open-links']).status, 2);
  });
});

describe('SARIF', () => {
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats(ajv);
  const valid = ajv.compile(JSON.parse(readFileSync(join(packages, '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8')));
  const report = (...args) => {
    const { out, err } = lint([...args, '--format', 'sarif']);
    const log = JSON.parse(out);
    assert.ok(valid(log), `${err}${JSON.stringify(valid.errors?.slice(0, 3), null, 1)}`);
    return log.runs[0];
  };

  test('is valid, whatever was found', () => {
    assert.deepEqual(report('good.json').results, []);
    const cases = readFileSync(new URL('../lint/cases.jsonl', import.meta.url), 'utf8').trim().split('\n').map((x) => JSON.parse(x).definition);
    const { results, tool } = report(file('all.json', cases));
    const rules = tool.driver.rules.map((x) => x.id);
    assert.ok(results.length > 100);
    for (const r of results) {
      assert.equal(rules[r.ruleIndex], r.ruleId);
      assert.ok(r.locations[0].physicalLocation.region.startLine >= 1);
    }
    // Those of an account, of an edit and of a text that is too long need more than a definition.
    const seen = new Set(results.map((x) => x.ruleId));
    assert.deepEqual(rules.filter((x) => !seen.has(x)), ['template.full', 'template.edit', 'template.unread']);
  });

  test('a finding keeps its fingerprint when the file grows', () => {
    const prints = (run) => run.results.map((x) => x.partialFingerprints.primaryLocationLineHash).sort();
    const [before] = [prints(report('bad.json'))];
    file('grown.json', [definition('Nuovo testo di prova.', { name: 'new_one' }), JSON.parse(readFileSync(join(root, 'bad.json'), 'utf8'))]);
    assert.deepEqual(prints(report('grown.json')), before);
    assert.equal(new Set(before).size, before.length);
  });
});

describe('with a server', async () => {
  const world = await startWorld();
  after(() => world.stop());
  const env = { VARCO_URL: world.url, VARCO_TOKEN: world.adminToken };

  test('all templates of an account are checked', () => {
    const { status, out, err } = lint(['--waba', company.waba, '--json', '--fail-on', 'never'], env);
    assert.equal(status, 0, err);
    const { items } = JSON.parse(out);
    assert.ok(items.length > 0 && items.every((x) => !x.file && x.category_fit));
    const sarif = lint(['--waba', company.waba, '--format', 'sarif', '--fail-on', 'never'], env);
    assert.equal(sarif.status, 0);
  });

  test('a file is held against what the account has', () => {
    const { items } = JSON.parse(lint(['--waba', company.waba, 'good.json', '--json', '--fail-on', 'never'], env).out);
    assert.ok(items[0].problems.some((x) => x.rule === 'template.same' && x.subcode === 2388024 && x.level === 'note'), JSON.stringify(items[0]));
  });

  test('an account that is not there, and a server that is not there', () => {
    assert.equal(lint(['--waba', '1'], env).status, 1);
    assert.equal(lint(['--waba', '1'], { ...env, VARCO_URL: 'http://127.0.0.1:1' }).status, 6);
    assert.equal(lint(['--waba', company.waba], { ...env, VARCO_TOKEN: 'wrong' }).status, 5);
  });
});
