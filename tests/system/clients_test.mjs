// Two clients from npm, as they are, against gateway and simulator: @kapso/whatsapp-cloud-api by its option for the base
// URL, and whatsapp-api-js, which knows only https://graph.facebook.com, in transparent mode: Varco has a certificate for
// that name from the company's own authority, and the name leads to Varco. What each does: tests/clients/.
//
// With VARCO_TRANSCRIPT=FILE every exchange is written there, in Markdown.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { company, decisionOf, person, scratch, startWorld } from './lib/varco.mjs';

const folder = fileURLToPath(new URL('../clients/', import.meta.url));
const transcript = process.env.VARCO_TRANSCRIPT;
if (transcript) rmSync(transcript, { force: true });

const titles = {
  text: 'Text in an open window',
  template: 'Template',
  upload: 'Media: upload',
  image: 'Media: sent by id',
  media: 'Media: its address, which is Varco\'s',
  download: 'Media: the bytes',
  list: 'Interactive list',
  read: 'Mark as read',
  refused: 'Text to somebody whose window is closed',
};
// The steps that reach Meta as a send, in this order.
const sends = ['text', 'template', 'image', 'list', 'read'];

function readLines(text) {
  return text.trim().split('\n').map((line) => JSON.parse(line));
}

function runClient(script, scenario, env) {
  const child = spawn(process.env.VARCO_NODE ?? process.execPath, ['--import', './hook.mjs', script], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env, VARCO_SCENARIO: JSON.stringify(scenario) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => { out += chunk; });
  child.stderr.setEncoding('utf8').on('data', (chunk) => { errors += chunk; });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Object.fromEntries(readLines(out).map((line) => [line.step, line])));
      else reject(new Error(`${script} ended with ${code}: ${errors}`));
    });
  });
}

// One run of a client through all steps; what it got, what went over the wire, and what came to the simulator.
async function play(world, script, { base, env = {} }) {
  const { id } = await world.sim.inbound({ number: company.number, from: person(1), text: 'Buongiorno' });
  const file = join(scratch('client'), 'exchanges');
  const mark = await world.sim.mark();
  const got = await runClient(script, {
    url: base, key: world.app.key, number: company.number, person: person(1), stranger: person(2), inbound: id,
  }, { ...env, VARCO_EXCHANGES: file });
  const exchanges = readLines(readFileSync(file, 'utf8'));
  return { got, exchanges, log: await world.sim.log(mark), sends: await world.sim.sends(mark) };
}

// The exchange of each step: they came in the order of the steps; a download may be two.
function byStep(run) {
  const steps = Object.keys(run.got);
  const media = run.exchanges.filter((x) => x.path.startsWith('/media/'));
  const rest = run.exchanges.filter((x) => !x.path.startsWith('/media/'));
  const found = { download: media[0] };
  for (const step of steps) {
    if (step !== 'download') found[step] = rest.shift();
    else if (rest[0]?.path === found.media.path) rest.shift();
  }
  assert.deepEqual(rest, [], 'there was no other call');
  return found;
}

function withoutCallback(body) {
  const { biz_opaque_callback_data: callback, ...rest } = body;
  return rest;
}

// Addresses of media are long: their sealed part is cut.
function shown(text) {
  return text.replace(/(\/media\/[0-9a-f]{12})[0-9a-f]+/g, '$1…');
}

function describeExchange(x) {
  const head = [`${x.method} ${x.path}`, ...(x.body ? [JSON.stringify(x.body)] : [])];
  const answer = [`${x.status}${x.decision ? `  Varco-Decision: ${x.decision}` : ''}`,
    ...(x.answer ? [JSON.stringify(x.answer)] : [])];
  return shown([...head, '', ...answer].join('\n'));
}

function writeTranscript(title, exchanges) {
  if (!transcript) return;
  const parts = Object.entries(titles).map(([step, heading]) =>
    `### ${heading}\n\n\`\`\`\n${describeExchange(exchanges[step])}\n\`\`\`\n`);
  appendFileSync(transcript, `## ${title}\n\n${parts.join('\n')}\n`);
}

// What holds for every client; `refusal(outcome)` says how this one tells of an error, and gives {code, message, …}.
function expectations({ title, playRun, base, refusal }) {
  let run;
  let wire;

  before(async () => {
    run = await playRun();
    wire = byStep(run);
    writeTranscript(title, wire);
  });

  for (const step of ['text', 'template', 'image', 'list']) {
    test(`${step}: accepted, with the id that Meta gave`, () => {
      const { result, error } = run.got[step];
      assert.equal(error, undefined);
      assert.equal(result.messages[0].id, run.sends[sends.indexOf(step)].wamid);
      assert.match(result.messages[0].id, /^wamid\./);
    });
  }

  test('read: a success', () => {
    assert.deepEqual(run.got.read.result, { success: true });
  });

  test('bodies reach Meta as they are, but for biz_opaque_callback_data, which is Varco\'s', () => {
    assert.deepEqual(run.sends.map((x) => x.status), sends.map(() => 200));
    for (const [i, step] of sends.entries()) {
      const { path, body, decision } = wire[step];
      assert.equal(run.sends[i].path, path);
      assert.deepEqual(withoutCallback(run.sends[i].body), withoutCallback(body), step);
      if (step === 'read') continue;
      assert.equal(run.sends[i].decision, decision, step);
    }
    assert.ok(wire.text.body.biz_opaque_callback_data);
    assert.equal(decisionOf(run.sends[0].token), wire.text.decision);
  });

  test('media: uploaded whole, sent by id, fetched through Varco', () => {
    const { id } = run.got.upload.result;
    const picture = Buffer.from(run.got.download.result, 'base64');
    const upload = run.log.find((x) => x.method === 'POST' && /\/media/.test(x.path));
    assert.equal(upload.body.sha256, createHash('sha256').update(picture).digest('hex'));
    assert.equal(picture.subarray(1, 4).toString(), 'PNG');
    assert.equal(run.sends[sends.indexOf('image')].body.image.id, id);
    const { url } = run.got.media.result;
    assert.ok(url.startsWith(`${base()}/media/`), url);
    assert.equal(run.got.media.result.id, id);
  });

  test('refused: the client tells of a Graph error, and nothing left', () => {
    const error = refusal(run.got.refused);
    assert.equal(error.code, 131047);
    assert.match(error.message, /^\(#131047\) window\.closed: /);
    assert.ok(error.details.length > 20, error.details);
    assert.equal(wire.refused.status, 400);
    assert.equal(error.trace, wire.refused.decision);
    assert.ok(run.sends.every((x) => x.to !== person(2)));
  });

  test('the app never sees Meta\'s token, nor Meta the app\'s key', () => {
    assert.ok(!JSON.stringify([run.got, run.exchanges]).includes(company.token));
    for (const item of run.log) assert.equal(item.headers.authorization, `Bearer ${company.token}`, item.path);
  });
}

describe('@kapso/whatsapp-cloud-api, by its base URL', () => {
  let world;
  before(async () => { world = await startWorld(); });
  after(() => world?.stop());

  expectations({
    title: '@kapso/whatsapp-cloud-api, by its base URL',
    playRun: () => play(world, 'kapso.mjs', { base: world.url }),
    base: () => world.url,
    refusal: ({ error }) => {
      assert.equal(error.name, 'GraphApiError');
      assert.equal(error.category, 'reengagementWindow');
      assert.deepEqual(error.retry, { action: 'do_not_retry' });
      return { ...error, trace: error.fbtraceId };
    },
  });
});

// The company's authority, and its certificate for graph.facebook.com; the operator and the simulator come by address.
function makeCertificates() {
  const directory = scratch('certificates');
  const openssl = (...args) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  writeFileSync(join(directory, 'ext'), 'subjectAltName=DNS:graph.facebook.com,IP:127.0.0.1\n');
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Bottega Esempio');
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=graph.facebook.com');
  openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', '1',
    '-days', '2', '-extfile', 'ext', '-out', 'server.pem');
  return Object.fromEntries(['ca.pem', 'server.key', 'server.pem'].map((name) => [name, join(directory, name)]));
}

describe('whatsapp-api-js, in transparent mode', () => {
  let world;
  let certificates;
  const graph = 'https://graph.facebook.com';
  const transparent = () => ({ VARCO_GRAPH_AT: new URL(world.url).host });

  before(async () => {
    certificates = makeCertificates();
    world = await startWorld({
      gateway: {
        server: {
          listen: '127.0.0.1:0', public_url: graph,
          tls_cert: certificates['server.pem'], tls_key: certificates['server.key'],
        },
      },
      sim: ['--webhook-ca-file', certificates['ca.pem']],
      ca: readFileSync(certificates['ca.pem'], 'utf8'),
    });
  });
  after(() => world?.stop());

  expectations({
    title: 'whatsapp-api-js, which knows only https://graph.facebook.com',
    playRun: () => play(world, 'api_js.mjs', {
      env: { ...transparent(), NODE_EXTRA_CA_CERTS: certificates['ca.pem'] },
    }),
    base: () => graph,
    refusal: ({ result }) => ({
      ...result.error, details: result.error.error_data.details, trace: result.error.fbtrace_id,
    }),
  });

  test('a client that does not trust the company\'s authority says nothing to Varco', async () => {
    const mark = await world.sim.mark();
    const file = join(scratch('client'), 'exchanges');
    const got = await runClient('api_js.mjs', { key: world.app.key, number: company.number, person: person(1) },
      { ...transparent(), VARCO_EXCHANGES: file });
    assert.match(got.text.error.message, /fetch failed/);
    assert.deepEqual(await world.sim.sends(mark), []);
  });
});
