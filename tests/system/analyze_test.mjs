// varco analyze over exports of the project's own writing (tests/analyze): what is found, in every form, and bad input.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { write as writeBottega } from '../analyze/bottega.mjs';
import { scratch } from './lib/varco.mjs';

const folder = new URL('../analyze/', import.meta.url).pathname;
const dir = scratch('analyze');
const BIN = process.env.VARCO_BIN;

function run(args, { lang = 'C.UTF-8', code = 0 } = {}) {
  const r = spawnSync(BIN, ['analyze', ...args], { encoding: 'utf8', cwd: folder, env: { ...process.env, LC_ALL: lang, TMPDIR: dir } });
  assert.equal(r.status, code, `${args.join(' ')}: ${r.status}\n${r.stdout.slice(0, 500)}${r.stderr}`);
  return r;
}

const all = ['traffic.csv', '--consents', 'consents.csv', '--inbound', 'inbound.csv', '--templates', 'templates.json'];
const json = (args, options) => JSON.parse(run([...args, '--json'], options).stdout);
const sends = (report) => Object.fromEntries(report.findings.map((f) => [f.rule, f.sends]));
const table = (name, text) => {
  const file = join(dir, name);
  writeFileSync(file, text);
  return file;
};

test('each send is judged as the gateway would have judged it', () => {
  const r = json(all);
  assert.deepEqual(sends(r), {
    'consent.missing': 4, 'limit.frequency': 2, 'recipient.invalid': 1, 'recipient.undeliverable': 1, 'recipient.us_marketing': 1,
    'consent.withdrawn': 1, 'window.closed': 1, 'limit.quiet_hours': 2, 'limit.cooldown': 1, 'limit.duplicate': 1, 'consent.evidence': 2,
  });
  assert.deepEqual([r.rows, r.sends, r.people, r.repeated, r.inbound, r.consents], [88, 85, 74, 1, 4, 70]);
  assert.deepEqual(r.gaps, []);
  assert.deepEqual(r.unread.examples.map((x) => [x.row, x.column]), [[88, 'time'], [89, 'to']]);
});

test('people without opt-in, by app, list and template', () => {
  const { without_opt_in: missing } = json(all);
  assert.equal(missing.people, 4);
  assert.deepEqual(missing.list.map((x) => x.phone), ['+393331234507', '+393331234508', '+393331234509', '+393331234510']);
  assert.deepEqual(missing.by.list, [{ name: 'Fiera 2022', sends: 4, people: 4 }]);
  assert.deepEqual(missing.by.template, [{ name: 'saldi', sends: 4, people: 4 }]);
});

test('templates down to the button', () => {
  const saldi = json(all).templates.find((t) => t.template === 'saldi');
  assert.deepEqual([saldi.category, saldi.sends, saldi.failed, saldi.replies, saldi.opt_outs], ['marketing', 17, 3, 3, 1]);
  assert.deepEqual(saldi.errors, [{ code: 131049, times: 2 }, { code: 131026, times: 1 }]);
  assert.deepEqual(saldi.buttons, [{ button: 'STOP', taps: 1, opt_outs: 1 }, { button: 'Scopri i saldi', taps: 1, opt_outs: 0 }]);
});

test('a young number that ran too fast, peaks, people of a portfolio, segments', () => {
  const r = json(all);
  const [young, old] = r.numbers;
  assert.deepEqual([young.number, young.young, young.days_over_cap, young.people_24h], ['+390212345601', true, 1, 60]);
  assert.equal(young.days[0].warmup_cap, 20);
  assert.deepEqual([young.peak_hour.messages, old.young], [30, false]);
  assert.equal(r.portfolio.people_24h, 60);
  assert.deepEqual(r.segments.map((s) => s.people), [3, 1, 0, 0, 70]);
});

test('what the days of a number broke is told with its rule and what to do, and counts for the exit code', () => {
  const [young, old] = json(all, { lang: 'it' }).numbers;
  assert.deepEqual(young.rules.map((x) => [x.rule, x.number, x.level, x.days]), [['limit.warmup', 704, 'hold', 1]]);
  assert.ok(young.rules[0].remedy.length > 20);
  assert.deepEqual(old.rules, []);
  const day = (d, n) => Array.from({ length: n }, (_, i) => `2026-10-${d}T10:00:00Z,+390212345600,+3936399${d * 1000 + i},ordine,utility\n`);
  const days = [...Array.from({ length: 8 }, (_, i) => day(10 + i, 110)), day(18, 330)].flat();
  const jump = table('jump.csv', `time,from,to,template,category\n${days.join('')}`);
  assert.deepEqual(json([jump]).numbers[0].rules.map((x) => [x.rule, x.level, x.days]), [['limit.spike', 'hold', 1]]);
  assert.equal(json([jump]).findings.length, 0);
  run([jump, '--fail-on', 'hold'], { code: 3 });
  run([jump, '--fail-on', 'refuse']);
  assert.match(run([jump]).stdout, /limit\.spike .*\+390212345600 +1 +would have waited/);
});

test('what no file tells is not judged, and the report says so', () => {
  const r = json(['traffic.csv']);
  for (const rule of ['consent.missing', 'consent.evidence', 'window.closed']) assert.equal(sends(r)[rule], undefined);
  assert.equal(r.without_opt_in, null);
  assert.equal(r.segments, null);
  assert.equal(r.gaps.length, 3);
  assert.equal(r.category_assumed, 83);
});

test("a provider's log without a column for templates", () => {
  const r = json(['twilio.csv']);
  assert.deepEqual([r.sends, r.inbound], [2, 1]);
  assert.deepEqual(sends(r), { 'window.closed': 1 });
  assert.match(r.gaps.join(' '), /tells templates from free-form/);
});

test("kept webhooks, flattened, and a provider's own export", () => {
  const head = 'id,status,timestamp,recipient_id,pricing.category,errors.0.code\n';
  const hooks = json([table('hooks.csv', `${head}wamid.1,sent,1791201600,393331234501,marketing,\nwamid.1,read,1791201700,393331234501,marketing,\n`
    + 'wamid.2,failed,1791201800,393331234502,service,131047\n')]);
  assert.deepEqual([hooks.rows, hooks.sends, hooks.repeated, hooks.category_assumed], [3, 2, 1, 0]);
  assert.equal(hooks.from, '2026-10-05T12:00:00Z');
  const bulk = json([table('bulk.csv', 'date_sent,from,to,status,error_code,direction,sid,body\n'
    + '2026-10-05T12:00:00Z,whatsapp:+390212345600,whatsapp:+393331234501,undelivered,63016,outbound-api,SM1,Ciao\n'
    + '2026-10-05T12:10:00Z,whatsapp:+393331234501,whatsapp:+390212345600,received,,inbound,SM2,STOP\n')]);
  assert.deepEqual([bulk.sends, bulk.inbound, sends(bulk)], [1, 1, { 'window.closed': 1 }]);
});

test('as an Italian spreadsheet saves it', () => {
  const r = json(['italian.csv', '--country', 'IT', '--zone', 'Europe/Rome']);
  assert.deepEqual(sends(r), { 'limit.quiet_hours': 1 });
  assert.equal(r.findings[0].examples[0].at, '2026-10-05T21:30:00Z');
  assert.equal(r.templates[0].template, 'novità');
});

test('rows in any order say the same', () => {
  const [head, ...rows] = readFileSync(join(folder, 'traffic.csv'), 'utf8').trimEnd().split('\n');
  const turned = table('turned.csv', [head, ...rows.slice(0, -2).reverse(), ...rows.slice(-2)].join('\n'));
  const byName = (list) => list.toSorted((a, b) => (a.template < b.template ? -1 : 1));
  const clean = (r) => ({
    ...r, file: 0, unread: 0, templates: byName(r.templates), findings: r.findings.map((f) => ({ ...f, examples: 0 })),
  });
  assert.deepEqual(clean(json([turned, ...all.slice(1)])), clean(json(all)));
});

test('the list of people is for its owner only, and a spreadsheet runs nothing in it', () => {
  const out = join(dir, 'people.csv');
  const evil = table('evil.csv', 'time,to,template,list,status\n2026-10-05T23:10:00Z,+393331234501,saldi,=1+1,sent\n');
  run([evil, '--people', out]);
  assert.equal(statSync(out).mode & 0o777, 0o600);
  const text = readFileSync(out, 'utf8');
  assert.match(text, /^"phone","bsuid","rule"/);
  assert.match(text, /"'\+393331234501".*"limit\.quiet_hours".*"'=1\+1"/);
  const listed = run([evil, '--format', 'csv']).stdout;
  assert.equal(listed, text);
});

test('reports for people: text and HTML, in both languages, with numbers masked', () => {
  for (const [lang, title] of [['it', 'Analisi del traffico passato'], ['en', 'Analysis of past traffic']]) {
    for (const format of ['text', 'html']) {
      const { stdout } = run([...all, '--format', format, '--lang', lang]);
      assert.ok(stdout.includes(title), `${format} ${lang}`);
      assert.ok(!/39\d{10}(?!\d)/.test(stdout.replaceAll(/\+39021234560\d/g, '')), 'a whole number of a person');
      assert.equal(stdout.includes('<svg'), format === 'html');
      assert.ok(!/<script|https?:\/\/(?!shop)/.test(stdout), 'it fetches or runs something');
    }
  }
});

test('a window is open however the two tables write the number of the business', () => {
  const rows = [
    ['digits and blanks', 'from,+39 02 1234 5600', ',to,390212345600', []],
    ['a prefix', 'from,whatsapp:+390212345600', ',to,+390212345600', []],
    ['what people wrote names none', 'from,+390212345600', '', []],
    ['the traffic names none', '', ',to,390212345600', []],
    ['an id', 'from,100200300', ',to,100200300', []],
    ['another number', 'from,+390212345600', ',to,+390212345601', [['window.closed', 1]]],
  ];
  for (const [name, from, to, found] of rows) {
    const [head, value] = from.split(',');
    const [, toHead, toValue] = to.split(',');
    const traffic = table('own.csv', `time,to,type${from && `,${head}`}\n2026-10-05T12:00:00Z,+393331234501,text${from && `,${value}`}\n`);
    const wrote = table('wrote.csv', `time,from,text${to && `,${toHead}`}\n2026-10-05T11:00:00Z,393331234501,Ciao${to && `,${toValue}`}\n`);
    assert.deepEqual(Object.entries(sends(json([traffic, '--inbound', wrote]))), found, name);
  }
});

test('a number that cannot be one is counted like any other send, and stands in the list', () => {
  const out = join(dir, 'wrong.csv');
  const traffic = table('wrong-numbers.csv', 'time,to,template,category,status,error,id\n2026-10-05T10:00:00Z,333,ordine,utility,sent,,wamid.1\n'
    + '2026-10-05T10:00:01Z,333,ordine,utility,failed,131026,wamid.1\n2026-10-05T11:00:00Z,333,ordine,utility,failed,131026,wamid.2\n'
    + '2026-10-05T11:00:00Z,3.93E+11,ordine,utility,sent,,wamid.3\n2026-10-05T11:00:00Z,393331234501.0,ordine,utility,sent,,wamid.4\n'
    + '2026-10-05T11:00:00Z,+393331234501,ordine,utility,read,,wamid.5\n');
  const r = json([traffic, '--people', out]);
  assert.deepEqual([r.sends, r.people, r.repeated, r.with_varco.refused], [3, 1, 1, 2]);
  assert.deepEqual([r.findings[0].rule, r.findings[0].sends, r.findings[0].people], ['recipient.invalid', 2, 1]);
  assert.deepEqual([r.templates[0].sends, r.templates[0].failed, r.numbers[0].messages], [3, 2, 3]);
  assert.deepEqual(r.unread.examples.map((x) => [x.row, x.column, /rounded|decimals/.exec(x.reason)?.[0]]), [[5, 'to', 'rounded'], [6, 'to', 'decimals']]);
  assert.match(readFileSync(out, 'utf8'), /"333","","recipient\.invalid","refuse","2"/);
});

test('consents are read as the import reads them', () => {
  const traffic = table('agreed.csv', 'time,to,template,category\n2026-10-05T10:00:00Z,+393331234501,ordine,utility\n');
  const rows = [
    ['as our own export writes them', "'+393331234501,all,grant,2026-10-01T10:00:00Z,form", {}],
    ['in capitals', '393331234501,ALL,Grant,2026-10-01T10:00:00Z,Form', {}],
    ['without evidence it is imported', '393331234501,utility,grant,2026-10-01T10:00:00Z,', {}],
    ['none', '393331234501,marketing,grant,2026-10-01T10:00:00Z,form', { 'consent.missing': 1 }],
  ];
  for (const [name, row, found] of rows) {
    const r = json([traffic, '--consents', table('who.csv', `phone,purpose,act,at,evidence\n${row}\n`)]);
    assert.deepEqual([sends(r), r.unread.rows], [found, 0], name);
  }
});

test('bad input is told by name, and ends with 2', () => {
  const rows = [
    [['missing.csv'], /missing\.csv.*cannot be opened/, 1],
    [[table('empty.csv', '')], /empty/],
    [[table('head.csv', 'a,b,c\n1,2,3\n')], /no column for "time".*--map time=COLUMN/],
    [['traffic.csv', '--map', 'whatever=time'], /ROLE=COLUMN/],
    [['traffic.csv', '--map', 'to=Handy'], /no column "Handy"/],
    [['traffic.csv', '--zone', 'Europe/Atlantis'], /no time zone "Europe\/Atlantis"/],
    [['traffic.csv', '--country', 'it'], /none of the values/],
    [['traffic.csv', '--format', 'pdf'], /none of the values/],
    [['traffic.csv', '--consents', 'traffic.csv'], /consents has no column "purpose"/],
    [['traffic.csv', '--templates', 'consents.csv'], /JSON/],
    [[table('quote.csv', 'time,to,type\n"2026-10-05T10:00:00Z,+393331234501,text\n')], /never closed/],
    [['/tmp'], /"\/tmp" is a directory/],
    [['traffic.csv', 'twilio.csv'], /one file/],
    [[], /one file/],
  ];
  for (const [args, says, code = 2] of rows) assert.match(run(args, { code }).stderr, says, args.join(' '));
});

test('a byte that is no character costs neither the analysis nor its row', () => {
  const bytes = Buffer.concat([
    Buffer.from('time,to,template,category,body\n2026-10-05T10:00:00Z,+393331234501,ordine,utility,"perch\u00e9 '),
    Buffer.from([0xe9, 0xff]), Buffer.from(' no"\n2026-10-05T11:00:00Z,+393331234502,ordine,utility,s\u00ec\n'),
  ]);
  for (const text of [bytes, Buffer.from('time,to,template,category,body\n2026-10-05T10:00:00Z,+393331234501,ordine,utility,\x81\xe8\n', 'latin1')]) {
    const r = JSON.parse(run([table('bytes.csv', text), '--format', 'json']).stdout);
    assert.deepEqual([r.rows, r.unread.rows], [text === bytes ? 2 : 1, 0], JSON.stringify(r).slice(0, 300));
    assert.equal(r.gaps.filter((gap) => /neither UTF-8 nor Windows-1252/.test(gap)).length, 1, r.gaps.join());
  }
});

test('a pipe is told apart from a file', () => {
  const r = spawnSync('sh', ['-c', 'cat traffic.csv | "$0" analyze /dev/stdin', BIN], { encoding: 'utf8', cwd: folder, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  assert.deepEqual([r.status, /is a pipe/.test(r.stderr)], [2, true], r.stderr);
});

test('exit codes', () => {
  run([...all, '--fail-on', 'refuse'], { code: 3 });
  run(['twilio.csv', '--fail-on', 'hold'], { code: 3 });
  run([table('fine.csv', 'time,to,template,category\n2026-10-05T10:00:00Z,+393331234501,ordine,utility\n'), '--fail-on', 'warn']);
  run([table('none.csv', 'time,to,template\nieri,+393331234501,ordine\n')], { code: 1 });
});

// What changes with the day and the version is left out; VARCO_GOLDEN=write writes them anew.
const golden = new URL('../analyze/golden/', import.meta.url).pathname;
const settled = (text) => text
  .replace(/<style>.*?<\/style>/s, '').replace(/<meta http-equiv[^>]*>/, '').replace(/"(version|policy)":"[^"]*"/g, '"$1":""')
  .replace(/\b20\d\d\.\d\d\.\d\d\b/g, 'VERSION');

test('the reports are the ones that are kept beside', () => {
  const forms = {
    'report.json': ['--json', '--lang', 'en'], 'people.csv': ['--format', 'csv', '--lang', 'en'], 'report.html': ['--format', 'html', '--lang', 'it'],
    'report.en.txt': ['--lang', 'en'], 'report.it.txt': ['--lang', 'it'],
  };
  for (const [name, args] of Object.entries(forms)) {
    const now = settled(run([...all, ...args]).stdout);
    if (process.env.VARCO_GOLDEN === 'write') {
      mkdirSync(golden, { recursive: true });
      writeFileSync(join(golden, name), now);
    }
    assert.equal(now, readFileSync(join(golden, name), 'utf8'), `${name}; VARCO_GOLDEN=write accepts it`);
  }
});

test("the demo company's two months say the same with any number of threads", () => {
  const folder = join(dir, 'bottega');
  writeBottega(folder);
  const args = [join(folder, 'traffic.csv'), ...['consents', 'inbound'].flatMap((x) => [`--${x}`, join(folder, `${x}.csv`)]), '--templates', join(folder, 'templates.json')];
  const [one, ...others] = ['1', '2', '7'].map((n) => run([...args, '--json', '--threads', n]).stdout);
  for (const other of others) assert.equal(other, one);
  const r = JSON.parse(one);
  const counts = sends(r);
  assert.deepEqual([r.sends, r.people], [16930, 3879]);
  assert.equal(r.with_varco.left + r.with_varco.waited + r.with_varco.refused, r.sends);
  assert.ok(counts['consent.missing'] > 900 && counts['limit.quiet_hours'] > 1000 && counts['window.closed'] > 100);
  const [fair] = r.without_opt_in.by.list;
  assert.equal(fair.name, 'Fiera 2022');
  assert.ok(r.numbers.find((n) => n.number === '+393331234501').days_over_cap > 5);
});

test('sums, as insights and analytics have them', () => {
  const r = json(['insights.csv']);
  assert.deepEqual([r.sums, r.rows, r.sends, r.people, r.findings.length], [true, 6, 12000, 0, 0]);
  assert.deepEqual(r.unread.examples.map((x) => [x.row, x.column]), [[6, 'sent']]);
  const saldi = r.templates.find((t) => t.template === 'saldi');
  assert.deepEqual([saldi.sends, saldi.delivered, saldi.read, saldi.taps], [2500, 2400, 1500, 170]);
  assert.deepEqual(r.numbers.map((n) => [n.number, n.messages, n.peak_hour, n.spikes]), [['+390212345600', 12000, null, 1]]);
  assert.match(r.gaps.join(' '), /names nobody/);
  assert.match(run(['insights.csv', '--lang', 'it']).stdout, /non nomina nessuno/);
});

test('tables as people make them', () => {
  const head = 'time,to,template,category,text,id\n', ok = '2026-10-05T10:00:00Z,+393331234501,saldi,utility,,\n';
  const at = (times, args = []) => {
    const file = table('times.csv', `time,to,template,category,text\n${times.map((t, i) => `"${t}",+3933312345${10 + i},x,utility,${i}\n`).join('')}`);
    return json([file, ...args]);
  };
  const rows = [
    ['a byte order mark and CRLF', `\ufeff${head}${ok}`.replaceAll('\n', '\r\n'), [1, 1, 0]],
    ['a line end in quotes', `${head}"2026-10-05T10:00:00Z","+393331234501",saldi,utility,"a ""b""\nc",\n${ok}ieri,+1,x,,,\n`, [3, 2, 1], 4],
    ['semicolons, said by Excel', `sep=;\n${head}${ok}`.replaceAll(',', ';'), [1, 1, 0]],
    ['no last line end', `${head}${ok}`.trimEnd(), [1, 1, 0]],
    ['empty lines', `${head}\n\n${ok}\n${ok}\n`, [2, 2, 0]],
    ['a row that is too short', `${head}2026-10-05T10:00:00Z\n${ok}`, [2, 1, 1], 2],
    ['a row that is too long', `${head}${ok.trimEnd()},,,,,\n`, [1, 1, 0]],
    ['rows of one message', `${head}${[1, 2, 3].map(() => ok.replace(',,\n', ',,wamid.1\n')).join('')}`, [3, 1, 0]],
    ['only a head', head, [0, 0, 0]],
    ['Windows-1252', Buffer.from(`${head}${ok.replace('saldi', 'novit\xe0 \x93di\x94 \x80')}`, 'latin1'), [1, 1, 0]],
    ['names of columns in any spelling', `Data Ora;DESTINATARIO;modello\n05/10/2026 10:00;+39 333 123-4501;saldi\n`, [1, 1, 0]],
  ];
  for (const [name, text, want, row] of rows) {
    const r = json([table('nasty.csv', text)]);
    assert.deepEqual([r.rows, r.sends, r.unread.rows], want, name);
    if (row) assert.equal(r.unread.examples[0].row, row, name);
  }
  assert.equal(json([table('1252.csv', rows[9][1])]).templates[0].template, 'novità “di” €');
  // The hour that comes twice and the one that never was; noon however it is written.
  const rome = at(['2026-10-25 02:30', '2026-03-29 02:30', '2026-07-01 12:00'], ['--zone', 'Europe/Rome']);
  assert.deepEqual([rome.unread.rows, rome.from, rome.to], [0, '2026-03-29T01:30:00Z', '2026-10-25T01:30:00Z']);
  const noon = at(['2026-10-05T12:00:00Z', '2026-10-05 14:00:00+02:00', '05/10/2026 12:00', '5.10.2026 12:00', 'Mon, 05 Oct 2026 12:00:00 +0000', '1791201600', '1791201600000', '05-10-2026 12:00:00 PM']);
  assert.deepEqual([noon.unread.rows, noon.from, noon.to], [0, '2026-10-05T12:00:00Z', '2026-10-05T12:00:00Z']);
  assert.equal(at(['10/05/2026 12:00 PM'], ['--dates', 'mdy']).from, '2026-10-05T12:00:00Z');
});

test('tables that are none are told with line and column', () => {
  const head = 'time,to,template\n', ok = '2026-10-05T10:00:00Z,+393331234501,saldi\n';
  const rows = [
    [`${head}${ok.repeat(40)}2026-10-05T10:00:00Z,+39333"1234501,saldi\n`, /Line 42, column 28: a quote stands inside/],
    [`${head}${ok}"2026-10-05T10:00:00Z,+393331234501,saldi\n${ok}`, /Line 3, column 1: .*never closed/],
    [`${head}${ok}2026\0,+39,saldi\n`, /Line 3, column 5: there is a zero byte/],
    [`${head}${ok.replace(',saldi', '\r,saldi')}`, /Line 2.*carriage return/],
    [Buffer.from(`\ufeff${head}${ok}`, 'utf16le'), /UTF-16/],
    ['%PDF-1.7\n', /PDF/],
    [`${head}${ok}${','.repeat(400)}\n`, /Line 3, column 257: the record has too many fields/],
    [`${head}${ok}${'x'.repeat(24 << 20)}\n${ok}`, /Line 3, column 1048577: the record is too long/],
    [`${head}${ok}"${'""\n'.repeat(8 << 20)}`, /the record is too long/],
    [`${head.replace('to,', 'an,')}${ok}`, /no column for "to"/],
    [`${head.replace('template', 'x')}${ok}`, /no column for "template"/],
  ];
  for (const threads of ['1', '3']) {
    for (const [text, says] of rows) {
      const r = spawnSync(BIN, ['analyze', table('broken.csv', text), '--threads', threads], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
      assert.equal(r.status, 2, `${says}: ${r.status} ${r.signal}`);
      assert.match(r.stderr, says);
    }
  }
  for (const n of ['0', '17', 'x']) run(['traffic.csv', '--threads', n], { code: 2 });
});
