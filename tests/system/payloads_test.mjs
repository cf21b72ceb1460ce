// dev: long
// Every webhook of tests/payloads/, posted as Meta would: times moved to now, signed by the app secret. Each is also posted
// cut short but validly signed, with a wrong signature, and a second time.
//
// What a webhook changes is told by a snapshot before and one after: the account, its number and templates, consents,
// alarms, the send it speaks of, and which rules would speak against sends to its person. `effects` says for each file how
// the two differ; whatever is not named there must be the same. Every file has a gateway of its own, started on a copy of
// the same state, and an upstream of the test's that gives the message id which the file names.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  addApp, defineTemplate, documented, readFixture, readFolder, seedDocumented, shiftTimes,
} from './lib/documented.mjs';
import { alarmsOf, effectOf } from './lib/payload_effects.mjs';
import { anyDiskEnv, keepAlive, request, scratch, sign, startProcess } from './lib/varco.mjs';

const files = readFolder('payloads');
const [waba, otherWaba] = documented.wabas;
const { person, secret } = documented;
const changedTo = { phone: '+5511900000033', bsuid: 'BR.N3wId5678Kp' };
const HOUR = 3600000;

// Tomorrow at an hour at which nobody sleeps; the files' last event was a few seconds ago.
const now = new Date(Date.now() + 24 * HOUR).setUTCHours(16, 0, 0, 0);
const delta = Math.floor(now / 1000) - 1794000600;
const format = (ms) => new Date(ms).toISOString().replace('.000Z', 'Z');
const iso = (seconds) => format((seconds + delta) * 1000);
const inHours = (hours) => format(now + hours * HOUR);

// --- an upstream that gives the message ids it is told to ---

async function startUpstream() {
  const wamids = [];
  const server = http.createServer((req, res) => {
    req.resume().on('end', () => {
      res.setHeader('Content-Type', 'application/json');
      res.end(JSON.stringify(req.url === '/_sim/clock'
        ? { ms: now, virtual: true }
        : { messaging_product: 'whatsapp', contacts: [], messages: [{ id: wamids.shift() }] }));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    wamids,
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

// --- a gateway on a copy of the seeded state ---

let seeded; // {state, app, probe}

async function startGateway(state) {
  const upstream = await startUpstream();
  const file = join(scratch('config'), 'varco.conf');
  writeFileSync(file, [
    '[server]', 'listen = 127.0.0.1:0', `state_dir = ${state}`, 'clock = upstream',
    '[upstream]', `base_url = ${upstream.url}`, '[policy]', 'mode = enforce', ''].join('\n'));
  const process_ = await startProcess(['serve', '--config', file], { env: anyDiskEnv });
  const agent = keepAlive(4);
  const admin = readFileSync(join(state, 'admin.token'), 'utf8').trim();

  const gateway = { upstream, url: process_.url };
  gateway.call = (method, path, body, key) => request(process_.url + path, {
    method, body, agent, headers: { Authorization: `Bearer ${key}` },
  });
  gateway.api = async (method, path, body) => {
    const r = await gateway.call(method, path, body, admin);
    if (r.status >= 400) throw Object.assign(new Error(`${path}: ${r.status} ${r.text}`), { status: r.status });
    return r.json();
  };
  gateway.send = (body, key, wamid) => {
    if (wamid) upstream.wamids.push(wamid);
    return gateway.call('POST', `/v25.0/${documented.number}/messages`, body, key);
  };
  gateway.webhook = (raw, signature = sign(secret, raw)) => request(`${process_.url}/webhooks/meta`, {
    method: 'POST', body: raw, agent, headers: { 'X-Hub-Signature-256': signature },
  });
  gateway.counters = async () => {
    const { text } = await request(`${process_.url}/metrics`, { agent });
    const value = (name) => Number(new RegExp(`^varco_${name}_total (\\d+)$`, 'm').exec(text)[1]);
    return { fresh: value('facts_new'), repeated: value('facts_repeated'), refused: value('webhooks_refused') };
  };
  const end = (how) => async () => {
    agent.destroy();
    await process_[how]();
    await upstream.close();
  };
  gateway.stop = end('stop');
  gateway.kill = end('kill');
  return gateway;
}

async function alarmKinds(gateway) {
  const { items } = await gateway.api('GET', '/api/v1/alarms');
  return items.map((x) => x.kind).filter((x) => x !== 'bypass.detected').sort();
}

function copyState() {
  const state = scratch('state');
  cpSync(seeded.state, state, { recursive: true });
  return state;
}

// --- sends ---

function to(phone, type, value, more = {}) {
  return { messaging_product: 'whatsapp', recipient_type: 'individual', to: phone, type, [type]: value, ...more };
}

function template(phone, name) {
  return to(phone, 'template', { name, language: { code: 'pt_BR' } });
}

const templates = [
  { name: 'pedido_enviado', category: 'UTILITY', text: 'Seu pedido saiu para entrega hoje.' },
  { name: 'oferta_azul', category: 'MARKETING', text: 'O azul esta com desconto esta semana. Privacidade: loja.example. Responda SAIR para parar.' },
];

// Without any effect, because the app that asks may send nothing from that number: rule 103 always speaks against it, and
// the others say what they would say.
const probes = {
  service: to(person, 'text', { body: 'Oi' }),
  utility: template(person, 'pedido_enviado'),
  marketing: template(person, 'oferta_azul'),
  direct: to(person, 'text', { body: 'Seu pedido saiu.' }, { category: 'utility' }),
};

async function rulesAgainst(gateway, body) {
  const r = await gateway.send(body, seeded.probe.key);
  assert.ok(r.json().error?.varco, r.text);
  const { rules } = r.json().error.varco;
  assert.equal(rules[0].id, 'app.scope', r.text);
  return rules.slice(1).map((x) => x.id + (x.level === 'refuse' ? '' : `(${x.level})`)).join(' ');
}

async function consentsOf(gateway, who) {
  try {
    const { consents } = await gateway.api('POST', '/api/v1/consents/show', who);
    return consents.map((x) => `${x.act} ${x.purpose}`).sort().join(', ');
  } catch (e) {
    if (e.status !== 404) throw e;
    return 'nobody';
  }
}

async function snapshot(gateway, decision) {
  const account = await gateway.api('GET', `/api/v1/accounts/${waba}`);
  const number = await gateway.api('GET', `/api/v1/numbers/${documented.number}`);
  const shipped = await gateway.api('GET', `/api/v1/templates/${waba}/pedido_enviado/pt_BR`);
  const { items: alarms } = await gateway.api('GET', '/api/v1/alarms');
  const send = decision && await gateway.api('GET', `/api/v1/decisions/${decision}`);
  const rules = {};
  for (const [name, body] of Object.entries(probes)) rules[name] = await rulesAgainst(gateway, body);
  return {
    state: account.state, payment_ok: account.payment_ok, limit: account.limit,
    blocked: account.blocked_countries.join(' '),
    restrictions: account.restrictions.map((x) => `${x.type} ${x.until}`).sort(),
    status: number.status, quality: number.quality, throughput: number.throughput,
    paused: number.paused.map((x) => `${x.purpose} ${x.until} ${x.by}`),
    template: {
      status: shipped.status, quality: shipped.quality, category: shipped.category,
      correct: shipped.correct_category, change: shipped.category_change_at, paused_until: shipped.paused_until,
    },
    alarms: alarms.filter((x) => x.kind === 'bypass.detected').map((x) => x.scope),
    send: send ? [send.state, send.error_code] : null,
    consents: {
      person: await consentsOf(gateway, { phone: person }),
      bsuid: await consentsOf(gateway, { bsuid: documented.bsuid }),
      phone: await consentsOf(gateway, { phone: changedTo.phone }),
      newBsuid: await consentsOf(gateway, { bsuid: changedTo.bsuid }),
    },
    rules,
  };
}

before(async () => {
  const state = scratch('seed');
  seeded = { state };
  const gateway = await startGateway(state);
  seeded.app = await seedDocumented(gateway.api);
  seeded.probe = await addApp(gateway.api, 'probe', { numbers: [], categories: ['authentication'] });
  for (const { name, category, text } of templates) {
    await defineTemplate(gateway.api, {
      name, category, language: 'pt_BR', status: 'APPROVED', components: [{ type: 'BODY', text }],
    });
  }
  await gateway.api('POST', '/api/v1/consents', {
    phone: person, purpose: 'all', evidence: 'double_opt_in', text: 'Sim', source: 'site',
    at: new Date(now - 240 * HOUR).toISOString(),
  });
  await gateway.stop();
});

// --- one file ---

// A send of ours that the file's status is about: what it is, by the message id that the file names.
const priors = [
  [/OUT(MKT|MML|F131049|F131050)/, template(person, 'oferta_azul')],
  [/OUT(TXT|VOICE|SVC|F131047)/, to(person, 'text', { body: 'Certo, anotado.' })],
  [/OUTDS/, to(person, 'text', { body: 'Seu pedido saiu as 14h.' }, { category: 'utility' })],
  [/OUTGRP/, undefined], // Varco sends nothing to groups
  [/./, template(person, 'pedido_enviado')],
];

async function sendPrior(gateway, { name, json }) {
  if (!name.startsWith('statuses.')) return undefined;
  const wamid = json.entry[0].changes[0].value.statuses[0].id;
  const body = priors.find(([pattern]) => pattern.test(wamid))[1];
  if (!body) return undefined;
  if (body.type === 'text' && !body.category) await postEarlier(gateway, 'messages.text');
  const r = await gateway.send(body, seeded.app.key, wamid);
  assert.equal(r.status, 200, r.text);
  return r.headers['varco-decision'];
}

async function postEarlier(gateway, name) {
  const json = shiftTimes(readFixture(`payloads/${name}.json`), delta - 3600);
  assert.equal((await gateway.webhook(JSON.stringify(json))).status, 200);
}

// {changed path: new value}
function differences(a, b, at = '') {
  const changes = {};
  for (const [key, x] of Object.entries(a)) {
    const y = b[key];
    if (x && typeof x === 'object' && !Array.isArray(x)) Object.assign(changes, differences(x, y, `${at}${key}.`));
    else if (JSON.stringify(x) !== JSON.stringify(y)) changes[at + key] = y;
  }
  return changes;
}

function countFacts(json) {
  const lists = ['messages', 'statuses', 'errors', 'calls', 'user_actions', 'user_preferences', 'user_id_update'];
  return json.entry.flatMap((entry) => entry.changes).reduce((sum, { field, value }) => {
    const known = ['messages', 'calls', 'user_preferences', 'user_id_update'].includes(field);
    const items = known ? lists.reduce((n, key) => n + (value[key]?.length ?? 0), 0) : 0;
    return sum + Math.max(items, 1);
  }, 0);
}

test('every file is known to the table of effects', () => {
  assert.ok(files.length > 190, `${files.length} files`);
  for (const { name } of files) effectOf(name, iso, inHours);
});

describe('posted', { concurrency: 2 }, () => {
  for (const file of files) {
    test(file.name, async (t) => {
      const gateway = await startGateway(copyState());
      t.after(() => gateway.stop());
      const { changes, earlier } = effectOf(file.name, iso, inHours);
      const raw = JSON.stringify(shiftTimes(file.json, delta));
      if (earlier) await postEarlier(gateway, earlier);
      const decision = await sendPrior(gateway, file);
      const first = await snapshot(gateway, decision);
      const heardFirst = await alarmKinds(gateway);
      const atFirst = await gateway.counters();

      assert.equal((await gateway.webhook(raw.slice(0, -20))).status, 400, 'cut short');
      assert.equal((await gateway.webhook(raw, sign('another secret', raw))).status, 401, 'signed by a stranger');
      assert.deepEqual(await snapshot(gateway, decision), first);
      assert.deepEqual(await gateway.counters(), { ...atFirst, refused: atFirst.refused + 2 });

      assert.equal((await gateway.webhook(raw)).status, 200);
      const second = await snapshot(gateway, decision);
      const facts = countFacts(file.json);
      assert.deepEqual(differences(first, second), changes);
      assert.deepEqual(await alarmKinds(gateway), [...heardFirst, ...alarmsOf(file.name)].sort());
      assert.deepEqual(await gateway.counters(), {
        ...atFirst, refused: atFirst.refused + 2, fresh: atFirst.fresh + facts,
      });

      assert.equal((await gateway.webhook(raw)).status, 200, 'posted again');
      assert.deepEqual(await snapshot(gateway, decision), second);
      assert.equal((await alarmKinds(gateway)).length, heardFirst.length + alarmsOf(file.name).length);
      assert.deepEqual(await gateway.counters(), {
        refused: atFirst.refused + 2, fresh: atFirst.fresh + facts, repeated: atFirst.repeated + facts,
      });
    });
  }
});

describe('together', () => {
  test('what was answered 200 is still known after a kill', async (t) => {
    const state = copyState();
    const bodies = files.map(({ json }) => JSON.stringify(shiftTimes(json, delta)));
    const post = async (gateway) => {
      for (const raw of bodies) assert.equal((await gateway.webhook(raw)).status, 200);
      return gateway.counters();
    };
    const gateway = await startGateway(state);
    const { fresh } = await post(gateway);
    await gateway.kill();
    const again = await startGateway(state);
    t.after(() => again.stop());
    const total = files.reduce((sum, { json }) => sum + countFacts(json), 0);
    const counters = await post(again);
    assert.equal(counters.fresh, 0);
    assert.equal(counters.repeated, total);
    assert.ok(fresh > 0.9 * total, 'some facts stand in two files');
  });

  test('a status never goes back', async (t) => {
    const gateway = await startGateway(copyState());
    t.after(() => gateway.stop());
    const load = (name) => ({ name, json: readFixture(`payloads/${name}.json`) });
    const decision = await sendPrior(gateway, load('statuses.read'));
    for (const name of ['statuses.read', 'statuses.sent_marketing', 'statuses.delivered']) {
      const raw = JSON.stringify(shiftTimes(load(name).json, delta));
      assert.equal((await gateway.webhook(raw)).status, 200);
      assert.equal((await gateway.api('GET', `/api/v1/decisions/${decision}`)).state, 'read', name);
    }
  });

  test('a status of a message that did not pass Varco raises an alarm, unless it is a group\'s', async (t) => {
    const gateway = await startGateway(copyState());
    t.after(() => gateway.stop());
    for (const name of ['statuses.delivered', 'statuses.delivered_group']) {
      const raw = JSON.stringify(shiftTimes(readFixture(`payloads/${name}.json`), delta));
      assert.equal((await gateway.webhook(raw)).status, 200);
    }
    const { items } = await gateway.api('GET', '/api/v1/alarms');
    assert.deepEqual(items.map((x) => [x.kind, x.scope]), [['bypass.detected', documented.number]]);
  });
});

describe('signatures', () => {
  let gateway;
  const text = JSON.stringify(shiftTimes(readFixture('payloads/messages.text.json'), delta));
  const strangers = { waba: '700100200300999', portfolio: '900300400500999', secret: 'secret of others' };
  const ownSecret = { waba: '700100200300403', secret: 'secret of the third' };

  const statusOf = async (...args) => (await gateway.webhook(...args)).status;
  const inEntry = (id, raw = text) => raw.replaceAll(waba, id);

  before(async () => {
    gateway = await startGateway(copyState());
    const add = (values) => gateway.api('POST', '/api/v1/accounts', {
      name: 'Loja', country: 'BR', token_file: documented.token, ...values,
    });
    await add({ waba: ownSecret.waba, portfolio: documented.portfolio, app_secret_file: ownSecret.secret });
    await add({ waba: strangers.waba, portfolio: strangers.portfolio, app_secret_file: strangers.secret });
  });
  after(() => gateway?.stop());

  test('none, or none that could be one', async () => {
    const good = sign(secret, text);
    const bad = ['', 'sha256=', good.slice(0, -1), `${good}0`, good.replace('sha256', 'sha1'), good.slice(7),
      sign(secret, `${text} `), sign('', text), `${good},${good}`];
    for (const signature of bad) assert.equal(await statusOf(text, signature), 401, signature);
    const { status } = await request(`${gateway.url}/webhooks/meta`, { method: 'POST', body: text });
    assert.equal(status, 401);
  });

  test('an entry is signed by the secret of the very account that it names', async () => {
    for (const id of [strangers.waba, ownSecret.waba, '700100200300777']) {
      assert.equal(await statusOf(inEntry(id)), 401, id);
    }
    const third = inEntry(ownSecret.waba);
    assert.equal(await statusOf(third, sign(ownSecret.secret, third)), 200);
  });

  test('one entry signed by somebody else spoils the whole post', async () => {
    const batch = JSON.stringify(shiftTimes(readFixture('payloads/messages.batch_two_entries.json'), delta));
    const before_ = await gateway.counters();
    assert.equal(await statusOf(batch.replaceAll(otherWaba, strangers.waba)), 401);
    assert.equal((await gateway.counters()).fresh, before_.fresh);
  });

  test('an entry of a portfolio is signed by the secret of any of its accounts', async () => {
    const raw = JSON.stringify(shiftTimes(readFixture('payloads/account_update.partner_added.json'), delta));
    assert.equal(await statusOf(raw), 200);
    assert.equal(await statusOf(raw, sign(ownSecret.secret, raw)), 200);
    assert.equal(await statusOf(raw, sign(strangers.secret, raw)), 401);
  });

  test('the example of a signature holds', async () => {
    const example = readFixture('payloads/_signature_example.json');
    assert.equal(example.app_secret, secret);
    assert.equal(await statusOf(example.raw_body, example.header['X-Hub-Signature-256']), 200);
  });

  test('the verification of the address is answered with its challenge', async () => {
    const { query, expect } = readFixture('payloads/_webhook_verification_get.json');
    const verify = (values) => request(`${gateway.url}/webhooks/meta?${new URLSearchParams(values)}`);
    const r = await verify(query);
    assert.deepEqual([r.status, r.text], [expect.status, expect.body]);
    for (const wrong of [{ 'hub.verify_token': 'outro' }, { 'hub.verify_token': '' }, { 'hub.mode': 'unsubscribe' }]) {
      assert.equal((await verify({ ...query, ...wrong })).status, 403);
    }
    const { 'hub.challenge': challenge, ...rest } = query;
    assert.equal((await verify(rest)).status, 403);
  });
});
