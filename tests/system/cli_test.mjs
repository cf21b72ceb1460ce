// dev: long
// The command line as a person or a script meets it: words, help, exit codes, configurations, every noun of the API
// against a real gateway and simulator, the doctor, the demo.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { anyDiskEnv, company, person, request, scratch, startProcess, startWorld, templates, text, until, varcoBin } from './lib/varco.mjs';

const OK = 0, FAILED = 1, USAGE = 2, REFUSED = 3, PARTLY = 4, NOT_AUTHORISED = 5, UNAVAILABLE = 6, CONFLICT = 7;
const INTERRUPTED = 130;

// No VARCO_… of whoever runs the tests, English unless told otherwise, and no state directory of theirs.
function environment(env = {}) {
  const mine = Object.entries(process.env).filter(([key]) => !/^(VARCO_|XDG_STATE|STATE_DIR|LANG|LC_)/.test(key));
  return { ...Object.fromEntries(mine), HOME: home, LC_ALL: 'C', ...env };
}

const home = scratch('home');
const root = fileURLToPath(new URL('../../', import.meta.url));

function start(args, { env, cwd, input } = {}) {
  const child = spawn(varcoBin, args, { env: environment(env), cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => { out += chunk; });
  child.stderr.setEncoding('utf8').on('data', (chunk) => { err += chunk; });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const end = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({
      code, signal, out, err, json: () => JSON.parse(out), told: `${args.join(' ')}: ${code ?? signal}\n${out}\n${err}`,
    }));
  });
  return { child, end, out: () => out };
}

const varco = (args, options) => start(args, options).end;

// An exit code, and words that must be in what was said.
async function expect(code, args, { says = [], ...options } = {}) {
  const r = await varco(args, options);
  assert.equal(r.code, code, r.told);
  for (const words of [says].flat()) {
    assert.match(r.out + r.err, words instanceof RegExp ? words : new RegExp(words), r.told);
  }
  return r;
}

// --- words ---

describe('the table of nouns and verbs', () => {
  let table;
  const name = (c) => [c.noun, c.verb].filter(Boolean);

  before(async () => {
    table = (await expect(OK, ['help', '--json'])).json();
  });

  test('has every verb that there is to be', () => {
    const names = table.map((c) => name(c).join(' '));
    for (const wanted of [
      'serve', 'sim', 'demo', 'decide', 'explain', 'doctor', 'help', 'trigger', 'listen', 'config show', 'config check', 'config explain',
      'account add', 'account list', 'account show', 'account set', 'account remove',
      'number add', 'number list', 'number show', 'number set', 'number pause', 'number resume',
      'template add', 'template list', 'template show', 'template lint', 'template sync',
      'integration add', 'integration list', 'integration show', 'integration set', 'integration rotate',
      'integration revoke', 'integration export',
      'consent record', 'consent withdraw', 'consent import', 'consent show',
      'decision list', 'decision show', 'alarm list', 'pause list', 'pause resume', 'status show',
    ]) assert.ok(names.includes(wanted), wanted);
    assert.equal(new Set(names).size, names.length);
  });

  test('is what "varco help" and "varco --help" print', async () => {
    const r = await expect(OK, ['help']);
    for (const c of table) assert.match(r.out, new RegExp(`^  ${name(c).join(' ')} `, 'm'));
    assert.equal((await expect(OK, ['--help'])).out, r.out);
  });

  test('has every verb that a remedy sends somebody to', async () => {
    const names = table.map((c) => name(c).join(' '));
    const verbs = (words) => [...words.matchAll(/varco ([a-z]+(?:-[a-z]+)*(?: [a-z]+)?)((?: --[a-z-]+)*)/g)];
    const missing = (words) => verbs(words).filter(([, verb, flags]) => {
      const row = table.find((c) => name(c).join(' ') === verb) ?? table.find((c) => !c.verb && c.noun === verb.split(' ')[0]);
      return !row || !flags.split(' ').filter(Boolean).every((flag) => row.options.some((o) => `--${o.name}` === flag));
    }).map(([all]) => all);
    assert.deepEqual(missing('varco account lift --lock, varco account forget, varco number pause --lock'),
      ['varco account forget', 'varco number pause --lock']);

    const ids = readFileSync(join(root, 'src/domain/rules.c'), 'utf8').match(/\.id = "[a-z_.]+"/g).map((x) => x.split('"')[1]);
    assert.ok(ids.length >= 45);
    const { rules } = (await expect(OK, ['explain', '--json', ids[0]])).json();
    for (const id of ids.slice(1)) rules.push(...(await expect(OK, ['explain', '--json', id])).json().rules);
    for (const rule of rules) {
      assert.deepEqual(missing(rule.remedy + rule.explain), [], rule.id);
      if (/operator/.test(rule.remedy)) assert.notEqual(verbs(rule.remedy).length, 0, `${rule.id} leaves the operator without a verb`);
    }
    const alarms = readFileSync(join(root, 'docs/monitoring.md'), 'utf8').match(/^\| `[a-z_]+\.[a-z_]+` \|.*$/gm);
    assert.ok(alarms.length > 40);
    for (const row of alarms) assert.deepEqual(missing(row), [], row);
    assert.ok(names.includes('account lift'));
  });

  test('--version', async () => {
    await expect(OK, ['--version'], { says: /^varco \d+\.\d+\.\d+$/m });
  });

  test('every noun tells its verbs', async () => {
    for (const noun of new Set(table.filter((c) => c.verb).map((c) => c.noun))) {
      const verbs = table.filter((c) => c.noun === noun && c.verb).map((c) => `  ${noun} ${c.verb} `);
      const r = await expect(OK, [noun, '--help'], { says: verbs });
      assert.equal((await expect(OK, ['help', noun])).out, r.out);
    }
  });

  test('every verb has --help with its options and an example that takes only those', async () => {
    const check = async (c) => {
      const r = await expect(OK, [...name(c), '--help'], { says: ['Usage:', 'Example:', '--json', '--help'] });
      for (const o of c.options) assert.match(r.out, new RegExp(`--${o.name}\\b`), r.told);
      assert.ok(c.example.startsWith(`varco ${name(c).join(' ')}`), c.example);
      for (const [, flag] of c.example.matchAll(/ --([a-z-]+)/g)) {
        assert.ok(c.options.some((o) => o.name === flag), `${c.example}: --${flag}`);
      }
      for (const word of ['-h', '--usage', '-?']) assert.equal((await expect(OK, [...name(c), word])).out, r.out);
      assert.equal((await expect(OK, ['help', ...name(c)])).out, r.out);
    };
    const rest = [...table]; // hundreds of short processes, a few at a time
    await Promise.all([1, 2, 3].map(async () => {
      while (rest.length) await check(rest.shift());
    }));
  });

  test('every verb takes --json', () => {
    for (const c of table) assert.ok(c.options.some((o) => o.name === 'json' && !o.value), name(c).join(' '));
  });

  test('every verb has a manual page', async () => {
    const dir = scratch('man');
    await expect(OK, ['help', '--man', '--out', dir]);
    const pages = ['varco.1', ...table.map((c) => `varco-${name(c).join('-')}.1`)];
    assert.deepEqual(readdirSync(dir).sort(), pages.sort());
    for (const page of pages) {
      const roff = readFileSync(join(dir, page), 'utf8');
      assert.match(roff, /^\.TH "varco[a-z-]*" 1 /);
      for (const section of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'EXIT STATUS']) {
        assert.match(roff, new RegExp(`^\\.SH "${section}"$`, 'm'), page);
      }
      // Every request is one that was meant.
      for (const [line] of roff.matchAll(/^['.].*$/gm)) assert.match(line, /^\.(TH|SH|TP|B|BR|EX|EE)\b/, page);
    }
    const [c] = table.filter((x) => x.verb === 'pause');
    const one = await expect(OK, ['help', '--man', c.noun, c.verb]);
    assert.equal(one.out, readFileSync(join(dir, 'varco-number-pause.1'), 'utf8'));
    for (const o of c.options) assert.ok(one.out.includes(`\\-\\-${o.name.replaceAll('-', '\\-')}`), o.name);
  });

  test('bash completes nouns, verbs and options', async () => {
    const script = (await expect(OK, ['help', '--completion', 'bash'])).out;
    const complete = (...words) => execFileSync('bash', ['--norc', '-c', `${script}
      COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _varco; printf '%s\\n' "\${COMPREPLY[@]}"`, 'bash',
    'varco', ...words], { encoding: 'utf8' }).trim().split('\n').filter(Boolean);
    assert.deepEqual(complete('acc'), ['account']);
    assert.ok(complete('').includes('demo'));
    assert.deepEqual(complete('number', 'pa'), ['pause']);
    assert.deepEqual(complete('number', 'pause', '--pu'), ['--purpose']);
    assert.ok(complete('decide', '--').includes('--policy'));
    assert.deepEqual(complete('number', 'pause', '1'), []);
  });

  test('zsh and fish get the same words', async () => {
    for (const shell of ['zsh', 'fish']) {
      const script = (await expect(OK, ['help', '--completion', shell])).out;
      for (const c of table) {
        for (const word of [...name(c), ...c.options.map((o) => o.name)]) assert.ok(script.includes(word), word);
      }
    }
    await expect(USAGE, ['help', '--completion', 'tcsh'], { says: 'bash, zsh or fish' });
  });

  test('both languages have every sentence', async () => {
    const it = (await expect(OK, ['help', '--json'], { env: { LC_ALL: 'it_IT.UTF-8' } })).json();
    for (const [i, c] of table.entries()) {
      assert.notEqual(it[i].doc, c.doc, c.doc);
      for (const [j, o] of c.options.entries()) assert.notEqual(it[i].options[j].doc, o.doc, o.doc);
    }
    await expect(OK, ['help'], { env: { LANG: 'it', LC_ALL: '' }, says: 'Uso: varco' });
  });
});

describe('wrong use', () => {
  const cases = [
    ['no word at all', [], 'Usage: varco'],
    ['an unknown noun', ['acount', 'add'], 'the nearest is "account"'],
    ['an unknown option in front', ['--vresion'], 'There is no option'],
    ['a rule that is near to one', ['decide', '--set', 'window.close=off'], 'the nearest is "window.closed"'],
    ['a rule that is near to none', ['decide', '--set', 'nope.x=off'], /no rule "nope\.x"\.$/m],
    ['an unknown verb', ['account', 'ad'], 'the nearest is "add"'],
    ['a noun without a verb', ['number'], 'number pause'],
    ['an unknown option', ['account', 'list', '--limitt', '3'], 'the nearest is --limit'],
    ['an unknown option of a verb without a server', ['serve', '--conifg', 'x'], 'the nearest is --config'],
    ['an option without its value', ['account', 'list', '--limit'], '--limit needs a value'],
    ['a required option left out', ['account', 'add', '--waba', '900800700'], '--portfolio is missing'],
    ['a required word left out', ['account', 'show'], 'ID is missing'],
    ['a word too many', ['account', 'show', '1', '2'], '"2" is one word too many'],
    ['a word where none goes', ['account', 'list', 'x'], 'one word too many'],
    ['no number', ['account', 'list', '--url', 'http://127.0.0.1:9', '--limit', 'ten'], null],
    ['no truth', ['number', 'set', '1', '--established=maybe'], 'true\\|false'],
    ['a path that would be another', ['account', 'show', '..'], 'cannot be'],
    ['an address that is none', ['account', 'list', '--url', 'localhost:80'], 'neither http:// nor https://'],
    ['a port that is none', ['demo', '--port', '70000'], '0 to 65535'],
    ['a clock that is none', ['sim', '--clock', 'sundial'], 'real or virtual'],
    ['a value that is none', ['scan', '.', '--fail-on', 'official'], '--fail-on takes unofficial\\|review\\|never, not "official"'],
    ['help of nothing', ['help', 'acount'], 'the nearest is "account"'],
    ['help of no verb', ['help', 'account', 'ad'], 'the nearest is "account add"'],
    ['a page of a noun', ['help', '--man', 'account'], 'of a noun and a verb'],
  ];
  for (const [name, args, says] of cases) {
    test(name, async () => {
      const code = says === null ? NOT_AUTHORISED : USAGE;
      const r = await expect(code, args, { says: says ?? [] });
      assert.equal(r.out, '', r.told);
    });
  }

  test('an option that looks like another one\'s value is left alone', async () => {
    await expect(UNAVAILABLE, ['account', 'add', '--waba', '1', '--portfolio', '2', '--name', '--limitt', '--url',
      'http://127.0.0.1:9'], { env: { VARCO_TOKEN: 'x' }, says: 'No answer from http://127.0.0.1:9' });
  });
});

// --- configurations ---

describe('config', () => {
  const dir = scratch('config');
  const file = join(dir, 'varco.conf');
  const check = (content, ...more) => {
    writeFileSync(file, content);
    return varco(['config', 'check', '--config', file, ...more]);
  };
  writeFileSync(join(dir, 'empty.pem'), 'nothing\n');
  writeFileSync(join(dir, 'pack.json'), '{"pack": 1}');

  const broken = [
    ['an unknown key', '[server]\nlissten = 127.0.0.1:0\n', ':2:1: .*"lissten".*nearest is "listen"'],
    ['an unknown section', '\n[sever]\nlisten = 127.0.0.1:0\n', ':2:2: .*\\[sever\\].*nearest is \\[server\\]'],
    ['a key of another section', '[log]\nmode = enforce\n', ':2:1: .*nearest is "mode" in \\[policy\\]'],
    ['a key before any section', 'listen = 127.0.0.1:0\n', ':1:1: '],
    ['a section that is not closed', '[server\n', ':1:1: .*bracket'],
    ['something behind a section', '[server] x\n', ':1:10: '],
    ['a line that is nothing', '[server]\nlisten\n', ':2:1: '],
    ['a key set twice', '[server]\nlisten = 127.0.0.1:1\nlisten = 127.0.0.1:2\n', ':3:1: .*second time'],
    ['an address without a port', '[server]\n  listen = 127.0.0.1\n', ':2:3: .*server.listen'],
    ['a name for an address', '[server]\nlisten = localhost:80\n', ':2:1: .*server.listen'],
    ['a port that is none', '[server]\nlisten = 127.0.0.1:65536\n', ':2:1: .*server.listen'],
    ['a number out of range', '[upstream]\ntimeout_ms = 5\n', ':2:14: .*from 100 to 600000'],
    ['a number that is none', '[policy]\nwait_ms = soon\n', ':2:11: .*whole number'],
    ['a word that is none of them', '[policy]\nmode = strict\n', ':2:8: .*observe\\|enforce'],
    ['a stranger for an upstream', '[upstream]\nbase_url = https://evil.example\n', ':2:1: .*certified provider'],
    ['plain http to Meta', '[upstream]\nbase_url = http://graph.facebook.com\n', ':2:1: .*certified provider'],
    ['a slash at the end', '[upstream]\nbase_url = https://graph.facebook.com/\n', ':2:1: .*slash'],
    ['a clock that nobody has', '[server]\nclock = upstream\n', ':2:1: .*loopback'],
    ['a certificate without its key', '[server]\ntls_cert = a.pem\n', 'varco.conf: .*tls_key'],
    ['a certificate that is none', `[server]\ntls_cert = ${dir}/empty.pem\ntls_key = ${dir}/empty.pem\n`, ':2:1: .*certificate'],
    ['another kind of store', '[store]\nurl = mysql://localhost/varco\n', ':2:1: .*sqlite:'],
    ['a pack that is not there', `[policy]\npack = ${dir}/none.json\n`, ':2:1: .*none.json'],
    ['a pack that is none', `[policy]\npack = ${dir}/pack.json\n`, ':2:1: .*policy pack .*cannot be used'],
    ['no authority', `[upstream]\nca_file = ${dir}/empty.pem\n`, ':2:1: .*no certificate'],
    ['a public address that is none', '[server]\npublic_url = ftp://varco.example\n', ':2:1: .*public_url'],
    ['a zero byte', '[server]\n\0', 'varco.conf.*zero byte'],
  ];
  for (const [name, content, says] of broken) {
    test(`${name} is told with its place`, async () => {
      const r = await check(content);
      assert.equal(r.code, USAGE, r.told);
      assert.match(r.err, new RegExp(`^varco config check: .*varco\\.conf.*`), r.told);
      assert.match(r.err, new RegExp(says), r.told);
      assert.equal(r.out, '');
      const j = await check(content, '--json');
      assert.equal(j.code, USAGE, j.told);
      assert.equal(j.json().ok, false);
      assert.match(j.json().error, new RegExp(says));
    });
  }

  test('what is wrong keeps the gateway from starting', async () => {
    writeFileSync(file, `[server]\nlissten = 127.0.0.1:0\n`);
    await expect(USAGE, ['serve', '--config', file], { says: ':2:1: ' });
    writeFileSync(file, `[server]\nstate_dir = ${dir}/state\n[upstream]\nbase_url = https://evil.example\n`);
    await expect(USAGE, ['serve', '--config', file], { says: 'certified provider' });
  });

  test('an example goes with what is wrong', async () => {
    const r = await check('[upstream]\ntimeout_ms = 5\n');
    assert.match(r.err, /For example: timeout_ms = 30000/);
  });

  test('what is wrong in the environment is told with the variable', async () => {
    await expect(USAGE, ['config', 'check'], { env: { VARCO_POLICY_MODE: 'strict' }, says: 'VARCO_POLICY_MODE' });
    await expect(USAGE, ['config', 'check'],
      { env: { VARCO_UPSTREAM_BASE_URL: 'https://evil.example' }, says: 'VARCO_UPSTREAM_BASE_URL: .*certified' });
  });

  test('a file that is not there', async () => {
    await expect(USAGE, ['config', 'check', '--config', join(dir, 'none.conf')], { says: 'none.conf' });
  });

  test('nothing at all is good, and so is everything written out', async () => {
    await expect(OK, ['config', 'check'], { says: 'is good' });
    assert.equal((await check('')).code, OK);
    const shown = await expect(OK, ['config', 'show']);
    const r = await check(shown.out);
    assert.equal(r.code, OK, r.told);
    assert.deepEqual((await varco(['config', 'check', '--json'])).json(), { ok: true });
  });

  test('show tells what holds: the environment above the file above the defaults', async () => {
    writeFileSync(file, '[policy]\nmode = enforce\nwait_ms = 5\n');
    const env = { VARCO_POLICY_WAIT_MS: '7', VARCO_SERVER_STATE_DIR: '/srv/varco' };
    const values = (await expect(OK, ['config', 'show', '--config', file, '--json'], { env })).json();
    assert.equal(values.policy.mode, 'enforce');
    assert.equal(values.policy.wait_ms, 7);
    assert.equal(values.server.state_dir, '/srv/varco');
    assert.equal(values.server.listen, '127.0.0.1:8080');
    assert.equal(values.store.url, null);
  });

  test('explain knows every key, and the nearest', async () => {
    const all = (await expect(OK, ['config', 'explain', '--json'])).json();
    const values = (await expect(OK, ['config', 'show', '--json'])).json();
    assert.deepEqual(all.map((o) => `${o.section}.${o.key}`).sort(),
      Object.entries(values).flatMap(([section, keys]) => Object.keys(keys).map((key) => `${section}.${key}`)).sort());
    await expect(OK, ['config', 'explain', 'policy.mode'], { says: ['observe\\|enforce', 'VARCO_POLICY_MODE'] });
    await expect(OK, ['config', 'explain', 'upstream'], { says: ['upstream.base_url', 'upstream.timeout_ms'] });
    await expect(USAGE, ['config', 'explain', 'server.lisen'], { says: 'nearest is "server.listen"' });
  });
});

// --- files that will not do ---

test('what will not do is a wrong use, and what is not there a failure', async () => {
  const dir = scratch('unfit'), bad = join(dir, 'unfit.json');
  writeFileSync(bad, '{');
  for (const [args, text] of [
    [(f) => ['decide', '--policy', f, join(root, 'tests/cases')], true],
    [(f) => ['analyze', f], true],
    [(f) => ['template', 'lint', f], true],
    [(f) => ['scan', dir, '--baseline', f], true],
    [(f) => ['dossier-verify', f], false],
    [(f) => ['consent', 'import', f], false],
  ]) {
    for (const [file, code] of [['/nowhere/f', FAILED], [dir, USAGE], ...(text ? [[bad, USAGE]] : [])]) {
      const r = await varco(args(file));
      assert.equal(r.code, code, r.told);
      assert.notEqual(r.err, '', args(file).join(' '));
    }
  }
});

// --- the client, against servers that play a part ---

describe('the client', () => {
  let server, url, requests, answer;

  before(async () => {
    server = http.createServer((req, res) => {
      let body = '';
      req.on('data', (chunk) => { body += chunk; });
      req.on('end', () => {
        requests.push({ method: req.method, url: req.url, headers: req.headers, body });
        answer(req, res, body);
      });
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const play = (f) => {
    requests = [];
    answer = f;
  };
  const json = (status, value, headers = {}) => (req, res) => {
    res.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    res.end(JSON.stringify(value));
  };
  const call = (args, options = {}) => varco([...args, '--url', url], { ...options, env: { VARCO_TOKEN: 'a-token', ...options.env } });

  const statuses = [
    [200, OK], [400, USAGE], [401, NOT_AUTHORISED], [403, REFUSED], [404, FAILED], [405, FAILED], [409, CONFLICT],
    [413, FAILED], [429, UNAVAILABLE], [500, FAILED], [502, UNAVAILABLE], [503, UNAVAILABLE], [504, UNAVAILABLE],
  ];
  for (const [status, code] of statuses) {
    test(`status ${status} is exit code ${code}`, async () => {
      play(json(status, { title: 'A title.', status, detail: 'Told by the server.', code: 'E', field: null }));
      const r = await call(['account', 'show', '1']);
      assert.equal(r.code, code, r.told);
      if (status >= 400 && status !== 401) assert.match(r.err, /^varco account show: Told by the server\.$/m);
      const j = await call(['account', 'show', '1', '--json']);
      assert.equal(j.code, code, j.told);
      if (status >= 400) assert.equal(JSON.parse(j.err).status, status);
    });
  }

  test('the field of a problem is told as the flag', async () => {
    play(json(400, { detail: 'It is too long.', field: 'verify_token_file' }));
    const file = join(scratch('token'), 'token');
    writeFileSync(file, 'secret\n');
    const r = await call(['account', 'set', '1', '--verify-token-file', file]);
    assert.match(r.err, /It is too long\. \(--verify-token-file\)/);
    assert.deepEqual(JSON.parse(requests[0].body), { verify_token_file: 'secret\n' });
    assert.equal(requests[0].method, 'PATCH');
    assert.equal(requests[0].url, '/api/v1/accounts/1');
  });

  test('words become path, query and body', async () => {
    play(json(200, { items: [], next: null }));
    await call(['template', 'show', 'a b/ü', 'n?m=1', 'pt_BR', '--json']);
    assert.equal(requests[0].url, '/api/v1/templates/a%20b%2F%C3%BC/n%3Fm%3D1/pt_BR');
    await call(['decision', 'list', '--state', 'held & sent', '--limit', '3', '--json']);
    assert.equal(requests[1].url, '/api/v1/decisions?state=held%20%26%20sent&limit=3');
    await call(['integration', 'add', '--name', 'crm', '--owner', 'Marta "Neri"', '--purpose', 'p', '--numbers', '1, 2,',
      '--categories', 'utility', '--review-by', '2099-06-30']);
    assert.deepEqual(JSON.parse(requests[2].body), {
      name: 'crm', owner: 'Marta "Neri"', purpose: 'p', numbers: ['1', '2'], categories: ['utility'],
      review_by: '2099-06-30',
    });
    await call(['number', 'add', '--waba', '1', '--id', '2', '--display', '+39', '--established', '--throughput', '80']);
    assert.deepEqual(JSON.parse(requests[3].body),
      { waba: '1', id: '2', display: '+39', established: true, throughput: 80 });
    await call(['account', 'set', '1', '--limit', 'unlimited', '--payment-ok=false']);
    assert.deepEqual(JSON.parse(requests[4].body), { limit: 'unlimited', payment_ok: false });
    await call(['account', 'set', '1', '--limit=2000']);
    assert.deepEqual(JSON.parse(requests[5].body), { limit: 2000 });
    await call(['number', 'pause', '7', '--purpose', 'marketing', '--reason', 'R', '--for', '24h']);
    assert.deepEqual(JSON.parse(requests[6].body), { purpose: 'marketing', reason: 'R', for: '24h' });
    assert.equal(requests[6].url, '/api/v1/numbers/7/pause');
    for (const r of requests) assert.equal(r.headers.authorization, 'Bearer a-token');
  });

  test('a file may come by standard input', async () => {
    play(json(200, { import: null, rows: 0, accepted: 0, rejected: 0, report: [] }));
    const r = await call(['consent', 'import', '-', '--dry-run'], { input: 'phone,purpose\n"a",b\n' });
    assert.equal(r.code, OK, r.told);
    assert.equal(requests[0].url, '/api/v1/consents/import?dry_run=true');
    assert.equal(requests[0].headers['content-type'], 'application/octet-stream');
    assert.equal(requests[0].body, 'phone,purpose\n"a",b\n');
    assert.equal(r.err, '');
  });

  test('a file that is not there is said before anything is sent', async () => {
    play(json(200, {}));
    const r = await call(['template', 'add', '--waba', '1', '/nowhere/t.json']);
    assert.equal(r.code, FAILED, r.told);
    assert.match(r.err, /nowhere/);
    assert.equal(requests.length, 0);
  });

  test('--json prints the answer as it came', async () => {
    const raw = '{"z":1.50,"a":[1,2],"u":"\\u00e8"}';
    play((req, res) => res.end(raw));
    assert.equal((await call(['status', 'show', '--json'])).out, `${raw}\n`);
  });

  test('a long list is read page by page', async () => {
    play((req, res) => {
      const q = new URL(req.url, url).searchParams;
      const from = Number(q.get('cursor') ?? 0);
      const n = Number(q.get('limit'));
      const items = Array.from({ length: n }, (_, i) => ({ decision: `dec_${from + i}` }));
      json(200, { items, next: from + n < 2600 ? String(from + n) : null })(req, res);
    });
    const all = (await call(['decision', 'list', '--limit', '2500', '--json'])).json();
    assert.deepEqual(all.items.map((x) => x.decision), Array.from({ length: 2500 }, (_, i) => `dec_${i}`));
    assert.equal(all.next, '2500');
    assert.deepEqual(requests.map((r) => r.url), ['/api/v1/decisions?limit=1000',
      '/api/v1/decisions?limit=1000&cursor=1000', '/api/v1/decisions?limit=500&cursor=2000']);
    const r = await call(['decision', 'list', '--limit', '40']);
    assert.equal(requests.length, 4);
    assert.match(r.out, /There is more: --cursor 40/);
  });

  test('the last page ends a long list', async () => {
    play(json(200, { items: [{ decision: 'dec_1' }], next: null }));
    const all = (await call(['decision', 'list', '--limit', '5000', '--json'])).json();
    assert.equal(all.items.length, 1);
    assert.equal(all.next, null);
    assert.equal(requests.length, 1);
  });

  test('what strangers wrote cannot move the cursor of a terminal', async () => {
    play(json(200, { items: [{ waba: '1', name: 'a\u001b[2Jb\u202ec', country: 'IT' }], next: null }));
    const r = await call(['account', 'list']);
    assert.ok(!r.out.includes('\u001b') && !r.out.includes('\u202e'), JSON.stringify(r.out));
    assert.match(r.out, /a\?\[2Jb\?c/);
  });

  test('an answer that is no JSON', async () => {
    play((req, res) => res.end('<html>'));
    const r = await call(['account', 'list']);
    assert.equal(r.code, FAILED);
    assert.match(r.err, /no JSON/);
  });

  test('redirects are not followed: the token stays here', async () => {
    play(json(302, {}, { Location: `${url}/elsewhere` }));
    assert.equal((await call(['account', 'list'])).code, FAILED);
    assert.equal(requests.length, 1);
  });

  test('an answer that is cut off', async () => {
    play((req, res) => {
      res.writeHead(200, { 'Content-Length': 100 });
      res.write('{"items":');
      res.socket.end();
    });
    const r = await call(['account', 'list']);
    assert.equal(r.code, UNAVAILABLE, r.told);
  });

  test('SIGINT ends a call with exit code 130', async () => {
    play(() => {});
    const run = start(['account', 'list', '--url', url], { env: { VARCO_TOKEN: 'a-token' } });
    await until(() => requests.length > 0, 'a request');
    run.child.kill('SIGINT');
    const r = await run.end;
    assert.equal(r.code, INTERRUPTED, r.told);
    assert.match(r.err, /interrupted/);
  });

  test('where the token comes from', async () => {
    play(json(200, { items: [], next: null }));
    const dir = scratch('tokens');
    const token = () => requests.at(-1)?.headers.authorization;
    const args = ['account', 'list', '--url', url];
    mkdirSync(join(dir, 'state'));
    writeFileSync(join(dir, 'state', 'admin.token'), 'of-the-state\n');
    writeFileSync(join(dir, 'file'), '  of-the-file \n');
    writeFileSync(join(dir, 'nothing'), '\n');
    const env = { VARCO_SERVER_STATE_DIR: join(dir, 'state') };
    await expect(OK, args, { env });
    assert.equal(token(), 'Bearer of-the-state');
    await expect(OK, args, { env: { ...env, VARCO_TOKEN: 'of-the-environment' } });
    assert.equal(token(), 'Bearer of-the-environment');
    await expect(OK, [...args, '--admin-token-file', join(dir, 'file')],
      { env: { ...env, VARCO_TOKEN: 'of-the-environment' } });
    assert.equal(token(), 'Bearer of-the-file');
    const count = requests.length;
    await expect(NOT_AUTHORISED, args, { says: ['no admin token', '--admin-token-file', 'VARCO_TOKEN'] });
    await expect(NOT_AUTHORISED, [...args, '--admin-token-file', join(dir, 'none')], { says: 'cannot be read' });
    await expect(USAGE, [...args, '--admin-token-file', join(dir, 'nothing')], { says: 'no token' });
    assert.equal(requests.length, count);
  });

  test('VARCO_URL names the server, with a slash at its end or without', async () => {
    play(json(200, { items: [], next: null }));
    await expect(OK, ['account', 'list'], { env: { VARCO_TOKEN: 'x', VARCO_URL: `${url}/` } });
    assert.equal(requests[0].url, '/api/v1/accounts');
  });

  test('no server', async () => {
    await expect(UNAVAILABLE, ['account', 'list', '--url', 'http://127.0.0.1:9'],
      { env: { VARCO_TOKEN: 'x' }, says: ['No answer from http://127.0.0.1:9', 'varco serve'] });
  });

  test('the language of the person goes to the server', async () => {
    play(json(200, { items: [], next: null }));
    await call(['account', 'list'], { env: { LC_ALL: 'it_IT.UTF-8' } });
    assert.equal(requests[0].headers['accept-language'], 'it');
  });
});

// --- a real gateway ---

describe('a gateway and its company, entered word by word', () => {
  let world, dir, env;
  const run = (code, ...args) => expect(code, args, { env, cwd: dir });
  const get = async (...args) => (await run(OK, ...args, '--json')).json();

  before(async () => {
    world = await startWorld({ company: false });
    dir = scratch('words');
    env = { VARCO_URL: world.url, VARCO_SERVER_STATE_DIR: world.state };
    for (const [name, content] of [['token', company.token], ['secret', company.secret], ['verify', company.verifyToken],
      ['hook', 'webhook-secret-of-the-tests'], ['t.json', JSON.stringify(templates)]]) {
      writeFileSync(join(dir, name), `${content}\n`);
    }
  });
  after(() => world?.stop());

  const account = ['account', 'add', '--waba', company.waba, '--portfolio', company.portfolio, '--name', 'Bottega Esempio',
    '--country', 'IT', '--limit', 'unlimited', '--token-file', 'token', '--app-secret-file', 'secret',
    '--verify-token-file', 'verify'];

  test('account', async () => {
    assert.equal((await get(...account)).waba, company.waba);
    await run(OK, ...account);
    await run(CONFLICT, 'account', 'add', '--waba', company.waba, '--portfolio', company.portfolio, '--name', 'Altra');
    const [item] = (await get('account', 'list')).items;
    assert.equal(item.name, 'Bottega Esempio');
    assert.equal((await run(OK, 'account', 'list')).out.split('\n').length, 3);
    assert.equal((await get('account', 'set', company.waba, '--name', 'Bottega')).name, 'Bottega');
    await run(FAILED, 'account', 'show', '1');
    await run(USAGE, 'account', 'add', '--waba', 'x y', '--portfolio', '1', '--name', 'N');
    for (const secret of [company.token, company.secret, company.verifyToken]) {
      assert.ok(!(await run(OK, 'account', 'show', company.waba)).out.includes(secret));
    }
  });

  test('number', async () => {
    const add = ['number', 'add', '--waba', company.waba, '--id', company.number, '--display', company.displays[0],
      '--established'];
    await run(OK, ...add);
    await run(OK, ...add);
    await run(CONFLICT, 'number', 'add', '--waba', company.waba, '--id', company.number, '--display', company.displays[1]);
    const paused = await get('number', 'pause', company.number, '--purpose', 'marketing', '--reason', 'R', '--for', '24h');
    assert.equal(paused.paused[0].purpose, 'marketing');
    assert.match((await run(OK, 'number', 'show', company.number)).out, /marketing/);
    assert.deepEqual((await get('number', 'resume', company.number)).paused, []);
    await run(USAGE, 'number', 'pause', company.number, '--purpose', 'marketing', '--reason', 'R', '--for', 'soon');
    await run(CONFLICT, 'account', 'remove', company.waba);
  });

  test('template', async () => {
    await run(OK, 'template', 'add', '--waba', company.waba, 't.json');
    assert.equal((await get('template', 'list')).items.length, templates.length);
    assert.equal((await get('template', 'show', company.waba, 'order_shipped', 'it')).category, 'UTILITY');
    const good = structuredClone(templates[0]);
    good.components[0].example = { body_text: [['A1B2']] };
    writeFileSync(join(dir, 'good.json'), JSON.stringify(good));
    assert.equal((await run(OK, 'template', 'lint', 'good.json')).out, 'order_shipped (it): good\n');
    writeFileSync(join(dir, 'bad.json'), JSON.stringify({ ...templates[0], components: [{ type: 'BODY', text: '' }] }));
    const bad = await run(REFUSED, 'template', 'lint', 'bad.json');
    assert.match(bad.out, /order_shipped \(it\): not good\n {2}\S/);
    await run(USAGE, 'template', 'add', '--waba', company.waba, 'token');
    await run(FAILED, 'template', 'add', '--waba', company.waba, 'none.json');
  });

  let key;
  test('integration', async () => {
    const add = ['integration', 'add', '--name', 'crm', '--owner', 'Marta Neri', '--purpose', 'Ordini', '--numbers',
      company.number, '--categories', 'marketing,utility,authentication,service'];
    const first = await get(...add);
    assert.deepEqual(Object.keys(first), ['id', 'name', 'key']);
    key = first.key;
    assert.equal((await get(...add)).key, null);
    assert.match((await run(OK, ...add)).out, /already/);
    const next = await get('integration', 'rotate', 'crm');
    assert.notEqual(next.key, key);
    key = next.key;
    assert.ok(!(await run(OK, 'integration', 'show', 'crm')).out.includes(key));
    assert.equal((await get('integration', 'set', 'crm', '--review-by', '2099-06-30')).review_by, '2099-06-30');
    assert.equal((await get('integration', 'export')).items.length, 1);
    assert.match((await run(OK, 'integration', 'list')).out, /crm +Marta Neri/);
  });

  test('consent', async () => {
    const who = ['--phone', person(1)];
    await run(OK, 'consent', 'record', ...who, '--purpose', 'marketing', '--evidence', 'form', '--text', 'Sì', '--source',
      'sito', '--at', '2026-01-10T09:00:00Z');
    await run(OK, 'consent', 'withdraw', ...who, '--purpose', 'all', '--source', 'telefono');
    const shown = await get('consent', 'show', ...who);
    assert.deepEqual(Object.keys(shown), ['person', 'phone', 'bsuid', 'consents']);
    assert.equal(shown.phone, person(1));
    assert.deepEqual(shown.consents.map((c) => c.act), ['grant', 'withdraw']);
    assert.deepEqual(Object.keys(shown.consents[0]), ['purpose', 'act', 'at', 'evidence', 'source']);
    assert.equal(shown.consents[0].at, '2026-01-10T09:00:00Z');
    await run(USAGE, 'consent', 'record', '--phone', '12', '--purpose', 'marketing', '--evidence', 'form');
    await run(USAGE, 'consent', 'record', '--purpose', 'marketing', '--evidence', 'form');
    await run(FAILED, 'consent', 'show', '--phone', person(98));
  });

  test('consent import', async () => {
    const rows = ['source,phone,purpose,act,at,evidence,text,campaign',
      `sito,${person(2)},all,grant,2026-01-10T09:00:00Z,double_opt_in,Sì,x`,
      `sito,${person(3)},all,grant,2026-01-10T09:00:00Z,double_opt_in,"Sì, certo",y`];
    writeFileSync(join(dir, 'good.csv'), `${rows.join('\n')}\n`);
    writeFileSync(join(dir, 'some.csv'), `${[...rows, `sito,3.93E+11,all,grant,2026-01-10T09:00:00Z,form,Sì,z`].join('\r\n')}\r\n`);
    const dry = await get('consent', 'import', 'good.csv', '--dry-run');
    assert.equal(dry.accepted, 2);
    await run(FAILED, 'consent', 'show', '--phone', person(2));
    const done = await get('consent', 'import', 'good.csv');
    for (const member of ['import', 'rows', 'accepted', 'rejected', 'report']) assert.ok(member in done, member);
    assert.deepEqual([done.rows, done.accepted, done.rejected], [2, 2, 0]);
    const some = await run(PARTLY, 'consent', 'import', 'some.csv', '--json');
    assert.deepEqual([some.json().rows, some.json().rejected, some.json().report[0].row], [3, 1, 4]);
    const told = await run(PARTLY, 'consent', 'import', 'some.csv');
    assert.match(told.out, /4 +phone/);
    assert.equal(told.err, '');
    await run(USAGE, 'consent', 'import', 't.json');
    await run(FAILED, 'consent', 'import', 'none.csv');
  });

  test('decision', async () => {
    const refused = await world.send(text(person(3), 'Buongiorno'), { appKey: key });
    assert.equal(refused.status, 400);
    const list = await get('decision', 'list', '--state', 'refused', '--rule', 'window.closed', '--limit', '5');
    assert.deepEqual(list.items.map((d) => d.decision), [refused.decision]);
    const shown = await get('decision', 'show', refused.decision);
    for (const member of ['decision', 'at', 'app', 'number', 'person', 'purpose', 'verdict', 'mode', 'rules', 'warnings',
      'state', 'wamid', 'attempts', 'policy']) assert.ok(member in shown, member);
    assert.equal(shown.state, 'refused');
    assert.deepEqual(shown.rules, ['window.closed']);
    const told = await run(OK, 'decision', 'show', refused.decision);
    assert.match(told.out, /refuse {2}window\.closed\n {2}\S.*\n {2}What to do: \S/);
    const it = await expect(OK, ['decision', 'show', refused.decision], { env: { ...env, LC_ALL: 'it' } });
    assert.match(it.out, /Che cosa fare: /);
    assert.match(it.out, /Verdetto +rifiuta\n/);
    const wrong = await expect(USAGE, ['explain'], { env: { LC_ALL: 'it' }, says: ['Uso: varco explain', 'Vedi: varco explain --help'] });
    assert.doesNotMatch(wrong.err, /Try|Usage/);
    assert.deepEqual((await get('decision', 'list', '--state', 'accepted')).items, []);
    assert.match((await run(OK, 'decision', 'list', '--state', 'accepted')).out, /nothing to list/);
    await run(USAGE, 'decision', 'list', '--state', 'lost');
    await run(FAILED, 'decision', 'show', 'dec_0c5gq3hr8v2zk');
  });

  test('status and alarms', async () => {
    const status = await get('status', 'show');
    assert.equal(status.mode, 'enforce');
    assert.equal((await get('status', 'show', '--check-upstream')).upstream.answers, true);
    assert.match((await run(OK, 'status', 'show')).out, /Mode +enforce/);
    assert.deepEqual((await get('alarm', 'list')).items, []);
  });

  test('a wrong token', async () => {
    const r = await expect(NOT_AUTHORISED, ['account', 'list'], { env: { ...env, VARCO_TOKEN: 'wrong-wrong-wrong-wrong' } });
    assert.match(r.err, /--admin-token-file/);
  });

  test('doctor finds nothing wrong', async () => {
    const args = ['doctor', '--config', join(world.directory, 'varco.conf'), '--url', world.url];
    const r = await expect(OK, [...args, '--online', '--json']);
    const { ok, checks } = r.json();
    assert.equal(ok, true, r.told);
    for (const check of ['config', 'state directory', 'disk', 'key', 'ledger key', 'admin token', 'store file', 'store', 'sends',
      'webhooks to apps', 'server', 'clock', 'upstream', 'upstream from here']) {
      assert.equal(checks.find((c) => c.check === check)?.result, 'good', `${check}\n${r.out}`);
    }
    await expect(OK, args, { says: /^✓ .*varco\.db opens; a gateway is at work/m });
    // The upstream is nobody's gateway.
    const config = join(scratch('config'), 'varco.conf');
    writeFileSync(config, readFileSync(join(world.directory, 'varco.conf'), 'utf8').replace(/^base_url = .*$/m, 'base_url = http://127.0.0.1:1'));
    const away = (await varco(['doctor', '--config', config, '--url', world.url, '--online', '--json'])).json().checks
      .find((c) => c.check === 'upstream from here');
    assert.equal(away.result, 'bad');
    assert.match(JSON.stringify(away), /No answer from http:\/\/127\.0\.0\.1:1: /);
    assert.doesNotMatch(JSON.stringify(away), /varco serve/);
  });

  test('doctor tells what is wrong, and what to do', async () => {
    const args = ['doctor', '--config', join(world.directory, 'varco.conf'), '--url', world.url];
    const token = join(world.state, 'admin.token');
    chmodSync(token, 0o644);
    const r = await expect(FAILED, args, { says: /^✗ .*admin\.token.*\n {2}→ .*600/m });
    assert.match(r.out, /^✓ /m);
    chmodSync(token, 0o600);
    await expect(FAILED, args, { env: { VARCO_TOKEN: 'wrong-wrong-wrong-wrong' }, says: /^✗ .*token/m });
    await run(OK, 'account', 'set', company.waba, '--state', 'locked');
    await expect(FAILED, args, { says: /^✗ .*900800700 is locked/m });
    await run(OK, 'account', 'set', company.waba, '--state', 'active');
  });
});

describe('doctor without a server', () => {
  test('an installation that was never started is not ill', async () => {
    const dir = scratch('fresh');
    const env = { VARCO_SERVER_STATE_DIR: join(dir, 'state'), VARCO_SERVER_LISTEN: '127.0.0.1:9', ...anyDiskEnv };
    const { ok, checks } = (await expect(OK, ['doctor', '--json'], { env })).json();
    assert.equal(ok, true);
    assert.equal(checks.find((c) => c.check === 'server').result, 'note');
    assert.equal(checks.find((c) => c.check === 'store').result, 'note');
    assert.ok(!existsSync(join(dir, 'state')), 'nothing was made');
  });

  test('a store that is none, a key that is none, a configuration that is none', async () => {
    const dir = scratch('ill');
    chmodSync(dir, 0o700);
    writeFileSync(join(dir, 'varco.db'), 'this is a text and not a store of anything\n'.repeat(99), { mode: 0o600 });
    writeFileSync(join(dir, 'varco.key'), 'short', { mode: 0o600 });
    writeFileSync(join(dir, 'ledger.key'), 'x'.repeat(32), { mode: 0o644 });
    writeFileSync(join(dir, 'varco.conf'), '[upstream]\nbase_url = https://evil.example\n');
    const env = { VARCO_SERVER_STATE_DIR: dir, VARCO_SERVER_LISTEN: '127.0.0.1:9' };
    const { ok, checks } = (await expect(FAILED, ['doctor', '--config', join(dir, 'varco.conf'), '--json'], { env })).json();
    assert.equal(ok, false);
    for (const check of ['store', 'key', 'ledger key', 'config']) {
      const found = checks.find((c) => c.check === check);
      assert.equal(found.result, 'bad', check);
      assert.ok(found.detail && found.remedy, check);
    }
  });

  test('the disk that is measured is the one that the store is on', async () => {
    const dir = scratch('apart'), state = join(dir, 'state'), rows = join(dir, 'rows');
    for (const made of [state, rows]) mkdirSync(made, { mode: 0o700 });
    writeFileSync(join(dir, 'varco.conf'), `[server]\nstate_dir = ${state}\nlisten = 127.0.0.1:9\n[store]\nurl = sqlite:${rows}/varco.db\n`);
    const { checks } = (await expect(OK, ['doctor', '--config', join(dir, 'varco.conf'), '--json'], { env: anyDiskEnv })).json();
    assert.ok(checks.find((c) => c.check === 'disk').detail.includes(rows));
  });

  test('a store at rest is looked through', async () => {
    const world = await startWorld();
    await world.stop();
    const { ok, checks } = (await expect(OK, ['doctor', '--json', '--config', join(world.directory, 'varco.conf')])).json();
    assert.equal(ok, true);
    assert.match(checks.find((c) => c.check === 'store').detail, /sound/);
    assert.equal(checks.find((c) => c.check === 'sends').result, 'good');
  });
});

// --- serve, sim, demo ---

describe('what runs until it is told to stop', () => {
  for (const args of [['sim', '--listen', '127.0.0.1:0'], ['serve']]) {
    test(`${args[0]} says where it listens, for people and for scripts`, async () => {
      const dir = scratch('run');
      const env = {
        VARCO_SERVER_STATE_DIR: join(dir, 'state'), VARCO_SERVER_LISTEN: '127.0.0.1:0',
        VARCO_UPSTREAM_BASE_URL: 'http://127.0.0.1:9', ...anyDiskEnv,
      };
      const process_ = await startProcess(args, { env });
      assert.match(process_.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
      await process_.stop();
      const run = start([...args, '--json'], { env });
      await until(() => run.out().includes('\n'), 'a line');
      assert.match(JSON.parse(run.out()).listening, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
      run.child.kill('SIGTERM');
      assert.equal((await run.end).code, OK);
    });
  }
});

describe('demo', () => {
  const directory = (tmp) => readdirSync(tmp).filter((name) => name.startsWith('varco-demo.'));

  test('--once sends both messages, hears the webhook, and leaves nothing', async () => {
    const tmp = scratch('demo');
    const r = await expect(OK, ['demo', '--once', '--json'], { env: { TMPDIR: tmp } });
    const seen = r.json();
    assert.equal(seen.ok, true, r.told);
    assert.equal(seen.refused.status, 400);
    assert.equal(seen.refused.body.error.code, 131047);
    assert.equal(seen.refused.body.error.varco.rules[0].id, 'window.closed');
    assert.equal(seen.passed.status, 200);
    assert.ok(seen.passed.body.messages[0].id.startsWith('wamid.'));
    assert.ok(JSON.stringify(seen.webhook.body).includes(seen.passed.body.messages[0].id));
    assert.deepEqual(directory(tmp), []);
  });

  test('--once tells it in words, and in Italian', async () => {
    const says = [/^curl -sS http:\/\/127\.0\.0\.1:\d+\/v25\.0\/100200300\/messages/m, /^HTTP 400 {2}Varco-Decision: dec_/m,
      /^HTTP 200 {2}Varco-Decision: dec_/m, /X-?|"delivered"/];
    await expect(OK, ['demo', '--once'], { says: [...says, 'signed with its secret'] });
    await expect(OK, ['demo', '--once'], { env: { LC_ALL: 'it' }, says: [...says, 'firmato con il suo segreto'] });
  });

  test('a virtual clock will do', async () => {
    const r = await expect(OK, ['demo', '--once', '--json', '--clock', 'virtual']);
    assert.equal(r.json().ok, true);
  });

  test('runs until Ctrl-C, with everything that it promised', async () => {
    const tmp = scratch('demo');
    const run = start(['demo', '--port', '0', '--json'], { env: { TMPDIR: tmp } });
    await until(() => run.out().includes('\n'), 'what the demo prints');
    const demo = JSON.parse(run.out());
    const env = { VARCO_URL: demo.api };
    const words = ['--admin-token-file', demo.admin_token_file, '--json'];
    const numbers = (await expect(OK, ['number', 'list', ...words], { env })).json().items;
    assert.equal(numbers.length, 3);
    const [healthy, warming, troubled] = numbers;
    assert.equal(healthy.quality, 'GREEN');
    assert.equal(healthy.established, true);
    assert.equal(warming.established, false);
    assert.equal(warming.warmup.day, 1);
    assert.equal(troubled.quality, 'RED');
    assert.deepEqual(troubled.paused.map((p) => [p.purpose, p.by]), [['marketing', 'breaker']]);
    const kept = (await expect(OK, ['template', 'list', ...words], { env })).json().items;
    assert.deepEqual(kept.map((t) => `${t.name} ${t.language} ${t.category}`), ['access_code it AUTHENTICATION',
      'order_shipped en UTILITY', 'order_shipped it UTILITY', 'spring_offer en MARKETING', 'spring_offer it MARKETING']);
    const consents = (await expect(OK, ['consent', 'export', '--limit', '9000', ...words.filter((x) => x !== '--json'), '--format', 'json'], { env })).json();
    assert.equal(consents.next, null);
    const people = new Set(consents.items.map((c) => c.phone));
    assert.ok(people.size > 4000, `${people.size} people`);
    assert.ok(new Set(consents.items.map((c) => c.evidence)).size >= 5);
    assert.ok(consents.items.some((c) => c.act === 'withdraw'));
    for (const phone of people) assert.match(phone, /^(\+3933312345\d\d|\+447700900\d{3}|\+3363998\d{4})$/);
    const [, origin, link] = /^(http:\/\/[\d.:]+)\/console\/#link=([\w-]+)$/.exec(demo.console);
    const signIn = () => request(`${demo.api}/api/v1/session`, { method: 'POST', body: { link }, headers: { Origin: origin, 'Sec-Fetch-Site': 'same-origin' } });
    const signedIn = await signIn();
    assert.equal(signedIn.status, 200, signedIn.text);
    assert.match(signedIn.headers['set-cookie'][0], /^__Host-/);
    assert.equal((await signIn()).status, 403, 'a link is good once');
    assert.equal(directory(tmp).length, 1);
    run.child.kill('SIGINT');
    assert.equal((await run.end).code, OK);
    assert.deepEqual(directory(tmp), []);
  });

  test('a port that is taken is told', async () => {
    const other = http.createServer();
    await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
    await expect(FAILED, ['demo', '--once', '--port', String(other.address().port)], { says: 'in use' });
    other.close();
  });
});
