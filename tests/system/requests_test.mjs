// Every call of tests/requests/: sends go through the gate and arrive at the simulator as they were made; other calls of
// Graph are passed on within the app's scope and bring back what the file documents. The simulator's clock is virtual and
// is moved on between sends, so that no limit of one stands in the way of the next.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  addApp, defineTemplate, documented, readFixture, readFolder, seedDocumented, shiftTimes, templateFor,
} from './lib/documented.mjs';
import { decisionOf, request, startWorld } from './lib/varco.mjs';

const MINUTE = 60000;
const DAY = 24 * 60 * MINUTE;
const all = readFolder('requests');
const isSend = ({ json }) => json.method === 'POST' && /\/(marketing_)?messages$/.test(json.path);
const sends = all.filter(isSend);
const calls = all.filter((x) => !isSend(x));

let world;
let app;
let outsider; // an app whose register entry names another number

function call({ method, path, body, multipart }, { key = app.key } = {}) {
  const form = multipart && makeForm(multipart);
  return request(world.url + path, {
    method, body: form?.body ?? body, headers: { Authorization: `Bearer ${key}`, ...form?.headers },
  });
}

// "@name" stands for a file.
function makeForm(parts) {
  const boundary = 'limite-ficticio';
  const text = Object.entries(parts).map(([name, value]) => [
    `--${boundary}`,
    `Content-Disposition: form-data; name="${name}"${value.startsWith('@') ? `; filename="${value.slice(1)}"` : ''}`,
    ...(value.startsWith('@') ? [`Content-Type: ${parts.type}`] : []),
    '', value.startsWith('@') ? 'bytes of a picture' : value].join('\r\n')).join('\r\n');
  return {
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` }, body: `${text}\r\n--${boundary}--\r\n`,
  };
}

// Somebody writes: the window is open, and both sides know the person by phone and by id.
function openWindow() {
  return world.sim.inbound({
    number: documented.number, from: documented.person, bsuid: documented.bsuid, text: 'Oi',
  });
}

// Some minutes on; before marketing some days, to an hour at which nobody sleeps.
async function later(isMarketing) {
  const now = await world.sim.now();
  const day = new Date(now + 8 * DAY).setUTCHours(16, 0, 0, 0);
  await world.sim.clock({ now: isMarketing ? day : now + 10 * MINUTE });
  await openWindow();
}

function withoutCallback({ biz_opaque_callback_data: callback, ...rest }) {
  return rest;
}

before(async () => {
  world = await startWorld({
    gateway: { server: { clock: 'upstream' } }, sim: ['--clock', 'virtual'], company: false,
  });
  const [waba, other] = documented.wabas;
  await world.sim.config({ portfolio: documented.portfolio, waba: other, country: 'BR' });
  await world.sim.config({
    portfolio: documented.portfolio, waba, country: 'BR', direct_send: true, number: documented.number,
    display: documented.display, verified_name: 'Loja Ficticia',
  });
  await world.sim.config({ webhook: `${world.url}/webhooks/meta`, app_secret: documented.secret });
  app = await seedDocumented(world.api);
  await world.api('POST', '/api/v1/numbers', { waba: other, id: '810200300400502', display: '+1 555-000-0102' });
  outsider = await addApp(world.api, 'outsider', { numbers: ['810200300400502'] });
  await world.api('POST', '/api/v1/consents', {
    phone: documented.person, purpose: 'all', evidence: 'double_opt_in', text: 'Sim', source: 'site',
  });
});
after(() => world?.stop());

describe('sends', () => {
  test('there are as many as are known', () => {
    assert.ok(sends.length >= 45, `${sends.length} sends`);
  });

  for (const { name, json } of sends.filter((x) => x.name !== 'text_to_group')) {
    test(`${name} arrives unchanged`, async () => {
      const template = templateFor(name);
      assert.equal(template !== undefined, json.body.type === 'template', 'a definition stands beside each template');
      if (template) await defineTemplate(world.api, template);
      await later(template?.category === 'MARKETING');
      const mark = await world.sim.mark();
      const r = await call(json);
      assert.equal(r.status, 200, r.text);
      const arrived = await world.sim.sends(mark);
      assert.equal(arrived.length, 1);
      assert.equal(arrived[0].path, json.path);
      assert.deepEqual(withoutCallback(arrived[0].body), withoutCallback(json.body));
      const decision = await world.decision(r.headers['varco-decision']);
      assert.equal(decision.verdict, 'allow');
      if (json.body.status === 'read') {
        assert.deepEqual(r.json(), json.response);
        return;
      }
      assert.equal(decisionOf(arrived[0].token), decision.decision);
      assert.equal(r.json().messages[0].id, arrived[0].wamid);
      assert.equal(decision.wamid, arrived[0].wamid);
    });
  }

  test('text_to_group is refused as no message that can be sent', async () => {
    const { json } = sends.find((x) => x.name === 'text_to_group');
    const mark = await world.sim.mark();
    const r = await call(json);
    assert.equal(r.status, 400);
    const rule = r.json().error.varco.rules.find((x) => x.id === 'message.invalid');
    assert.equal(rule.level, 'refuse');
    assert.equal(rule.evidence.field, 'recipient_type');
    assert.deepEqual(await world.sim.sends(mark), []);
  });
});

// The members that the file documents are there, each of the same type; there may be others.
function assertShape(actual, expected, at) {
  const kind = (x) => (x === null ? 'null' : Array.isArray(x) ? 'array' : typeof x);
  assert.equal(kind(actual), kind(expected), `type of ${at}`);
  if (Array.isArray(expected)) {
    assert.ok(actual.length >= Math.min(expected.length, 1), `${at} is empty`);
    if (expected.length) assertShape(actual[0], expected[0], `${at}[0]`);
  } else if (expected && typeof expected === 'object') {
    for (const [key, value] of Object.entries(expected)) {
      assert.ok(key in actual, `${at}.${key} is missing`);
      assertShape(actual[key], value, `${at}.${key}`);
    }
  }
}

// Ids that Meta would give take the place of those in the file.
async function createTemplate(name) {
  const r = await call({
    method: 'POST', path: `/v25.0/${documented.wabas[0]}/message_templates`,
    body: {
      name, language: 'pt_BR', category: 'UTILITY', parameter_format: 'NAMED',
      components: [{
        type: 'BODY', text: 'O pedido {{pedido}} espera na loja.',
        example: { body_text_named_params: [{ param_name: 'pedido', example: '4471' }] },
      }],
    },
  });
  assert.equal(r.status, 200, r.text);
  await world.sim.clock({ advance_ms: MINUTE }); // the review is over
  await world.api('POST', '/api/v1/templates/sync', { waba: documented.wabas[0] });
  return r.json().id;
}

async function receiveImage() {
  const delta = Math.floor(await world.sim.now() / 1000) - 1794000003;
  const r = await world.webhook(shiftTimes(readFixture('payloads/messages.image.json'), delta), {
    secret: documented.secret,
  });
  assert.equal(r.status, 200, r.text);
}

// What has to be so before the call makes sense; it may give another path.
const preparations = {
  health_status_blocked: () => world.sim.config({
    waba: documented.wabas[0], health: 'BLOCKED', health_code: 141014,
  }),
  media_delete: receiveImage,
  media_get_url: receiveImage,
  async message_history({ path }) {
    await call(calls.find((x) => x.name === 'register').json);
    const r = await call(sends.find((x) => x.name === 'text').json);
    assert.equal(r.status, 200, r.text);
    return { path: path.replace('wamid.VARCOOUT000MKT==', r.json().messages[0].id) };
  },
  async template_delete_by_ids({ path }) {
    const ids = [await createTemplate('apagar_um'), await createTemplate('apagar_dois')];
    return { path: path.replace('441100220011,441100220012', ids.join()) };
  },
  template_edit: async ({ path }) => ({ path: path.replace('441100220012', await createTemplate('editar')) }),
  async template_unpause({ path }) {
    const id = await createTemplate('despausar');
    await world.sim.control('POST', 'template', { id, status: 'PAUSED' });
    return { path: path.replace('441100220011', id) };
  },
};

// Of an upload the simulator keeps only the digest.
function readLogged(body) {
  return typeof body === 'string' && body ? JSON.parse(body) : undefined;
}

// Where Meta posts events is the gateway's own: no app turns them elsewhere.
const notForApps = ['subscribed_apps_override'];

describe('other calls of Graph', () => {
  for (const { name, json } of calls.filter((x) => notForApps.includes(x.name))) {
    test(`${name} is refused`, async () => {
      const mark = await world.sim.mark();
      const r = await call(json);
      assert.equal(r.status, 403, r.text);
      assert.deepEqual(await world.sim.log(mark), []);
    });
  }

  for (const { name, json } of calls.filter((x) => !notForApps.includes(x.name))) {
    test(`${name} is passed on, and answered as documented`, async () => {
      await later(false);
      const given = { ...json, ...await preparations[name]?.(json) };
      const mark = await world.sim.mark();
      const r = await call(given);
      assert.equal(r.status, 200, r.text);
      assertShape(r.json(), json.response, 'answer');
      const [arrived, ...more] = await world.sim.log(mark);
      assert.deepEqual(more, []);
      assert.deepEqual([arrived.method, arrived.path], [given.method, given.path]);
      if (!json.multipart) assert.deepEqual(readLogged(arrived.body), json.body);
      assert.equal(arrived.headers.authorization, `Bearer ${documented.token}`);
      assert.ok(!r.text.includes(documented.token));
    });

    test(`${name} goes nowhere from an app without that number, or without a key`, async () => {
      await receiveImage();
      const mark = await world.sim.mark();
      for (const [key, status, code] of [[outsider.key, 403, 200], ['varco_nobody', 401, 190]]) {
        const r = await call(json, { key });
        assert.equal(r.status, status, r.text);
        assert.equal(r.json().error.code, code);
      }
      assert.deepEqual(await world.sim.log(mark), []);
    });
  }

  test('the address of a medium is Varco\'s, and opens for who may see it', async () => {
    await receiveImage();
    const { url } = (await call({ method: 'GET', path: '/v25.0/91001' })).json();
    assert.ok(url.startsWith(`${world.url}/media/`), url);
    const get = (key) => request(url, { headers: { Authorization: `Bearer ${key}` } });
    const picture = await get(app.key);
    assert.equal(picture.status, 200);
    assert.equal(picture.bytes.subarray(1, 4).toString(), 'PNG');
    assert.equal((await get(outsider.key)).status, 403);
    assert.equal((await get('varco_nobody')).status, 403);
  });
});
