// dev: long
// Every field of every documented send, and of every operation of Varco's own API, with a value of another type: a 4xx that
// names the field, nothing at the simulator, nothing changed. What is sent is otherwise fine, so that nothing else can be
// the reason.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  defineTemplate, documented, readFolder, seedDocumented, templateFor,
} from './lib/documented.mjs';
import { inParallel, request, startWorld } from './lib/varco.mjs';

const samples = { string: 'x', number: 7, boolean: true, array: [], object: {} };
const FIELD_MAX = 95; // letters of a field's path in an answer

let world;
let app;

function kindOf(value) {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

before(async () => {
  world = await startWorld({
    gateway: { server: { clock: 'upstream' } }, sim: ['--clock', 'virtual'], company: false,
  });
  await world.sim.clock({ now: new Date(Date.now() + 86400000).setUTCHours(16, 0, 0, 0) });
  await world.sim.config({
    portfolio: documented.portfolio, waba: documented.wabas[0], country: 'BR', number: documented.number,
    display: documented.display,
  });
  await world.sim.config({ webhook: `${world.url}/webhooks/meta`, app_secret: documented.secret });
  app = await seedDocumented(world.api);
  await world.api('POST', '/api/v1/consents', {
    phone: documented.person, purpose: 'all', evidence: 'double_opt_in', text: 'Sim', source: 'site',
  });
  await world.sim.inbound({
    number: documented.number, from: documented.person, bsuid: documented.bsuid, text: 'Oi',
  });
});
after(() => world?.stop());

// --- sends ---

// Every place in a value, as a list of keys and indexes.
function* places(value, path = []) {
  if (path.length) yield path;
  if (!value || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) {
    yield* places(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

function valueAt(value, path) {
  return path.reduce((at, key) => at[key], value);
}

function replaced(value, [key, ...rest], other) {
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = rest.length ? replaced(value[key], rest, other) : other;
  return copy;
}

function written(path) {
  return path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('').slice(1);
}

// Ids and places that the platform takes as strings or as numbers.
function isAlsoFine(field, kind) {
  return kind === 'number' && /\.(flow_id|flow_message_version|latitude|longitude)$/.test(field);
}

// The field that a rule names: the very one, or the list or object that it stands in or holds.
function names(rule, field) {
  const named = rule.evidence.field ?? rule.evidence.parameter ?? '';
  return named && (field.startsWith(named) || named.startsWith(field.slice(0, FIELD_MAX)));
}

describe('a field of a send with another type', () => {
  const sends = readFolder('requests').filter(({ name, json }) =>
    json.method === 'POST' && /messages$/.test(json.path) && name !== 'text_to_group');
  let count = 0;

  for (const { name, json } of sends) {
    test(name, async () => {
      const template = templateFor(name);
      if (template) await defineTemplate(world.api, template);
      const mark = await world.sim.mark();
      for (const path of places(json.body)) {
        const field = written(path);
        for (const [kind, sample] of Object.entries(samples)) {
          if (kind === kindOf(valueAt(json.body, path)) || isAlsoFine(field, kind)) continue;
          const r = await request(world.url + json.path, {
            method: 'POST', body: replaced(json.body, path, sample), agent: world.agent,
            headers: { Authorization: `Bearer ${app.key}`, 'Idempotency-Key': `${name} ${++count}` },
          });
          assert.equal(r.status, 400, `${field} is ${kind}: ${r.text}`);
          const { rules } = r.json().error.varco;
          assert.ok(rules.some((rule) => rule.level === 'refuse' && names(rule, field)), `${field} is ${kind}: ${r.text}`);
        }
      }
      assert.deepEqual(await world.sim.sends(mark), []);
    });
  }

  after(async () => {
    assert.ok(count > 2500, `${count} sends`);
    const text = sends.find((x) => x.name === 'text').json;
    const r = await request(world.url + text.path, {
      method: 'POST', body: text.body, headers: { Authorization: `Bearer ${app.key}` },
    });
    assert.equal(r.status, 200, r.text);
  });
});

// --- Varco's own API ---

// The kinds of JSON that a schema takes.
function kindsOf(schema) {
  if (schema.allOf) return kindsOf(schema.allOf[0]);
  if (schema.oneOf) return schema.oneOf.flatMap(kindsOf);
  if ('const' in schema) return [kindOf(schema.const)];
  return [schema.type === 'integer' ? 'number' : schema.type];
}

// A value that has the right type, whatever it means.
function sampleOf(schema) {
  if (schema.allOf) return sampleOf(schema.allOf[0]);
  if (schema.format === 'date') return '2030-06-30';
  if (schema.format === 'date-time') return '2030-06-30T10:00:00Z';
  return samples[kindsOf(schema)[0]];
}

describe('a member of the API with another type', () => {
  const lists = ['accounts', 'numbers', 'templates', 'integrations', 'consents/export'];
  // What apps were seen to send is noted some seconds behind the sends before these tests.
  const settled = ({ uses, ...rest }) => rest;
  const everything = async () => Promise.all(lists.map(async (list) => {
    const page = await world.api('GET', `/api/v1/${list}`);
    return page.items ? { ...page, items: page.items.map(settled) } : page;
  }));
  let description;
  let atFirst;
  let count = 0;

  const call = (method, path, body) => request(world.url + path, {
    method, body, headers: { Authorization: `Bearer ${world.adminToken}` }, agent: world.agent,
  });

  async function refused(method, path, body, field) {
    const r = await call(method, path, body);
    const what = `${method} ${path} ${JSON.stringify(body).slice(0, 200)}: ${r.status} ${r.text}`;
    assert.equal(r.status, 400, what);
    assert.equal(r.headers['content-type'], 'application/problem+json', what);
    assert.equal(r.json().field, field, what);
    assert.ok(r.json().detail.length > 10, what);
    count++;
  }

  before(async () => {
    description = (await request(`${world.url}/api/openapi.json`)).json();
    atFirst = await everything();
  });

  test('each member of each operation', async () => {
    for (const [path, operations] of Object.entries(description.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const schema = operation.requestBody?.content['application/json']?.schema;
        if (!schema?.properties) continue;
        const url = path.replace(/\{\w+\}/g, 'x');
        const required = Object.fromEntries(
          (schema.required ?? []).map((name) => [name, sampleOf(schema.properties[name])]));
        for (const [name, property] of Object.entries(schema.properties)) {
          for (const [kind, sample] of Object.entries(samples)) {
            if (kindsOf(property).includes(kind)) continue;
            await refused(method.toUpperCase(), url, { ...required, [name]: sample }, name);
          }
        }
        await refused(method.toUpperCase(), url, { ...required, nobody_asked: 1 }, 'nobody_asked');
        for (const name of Object.keys(required)) {
          const { [name]: left, ...rest } = required;
          await refused(method.toUpperCase(), url, rest, name);
        }
      }
    }
    assert.ok(count > 250, `${count} calls`);
  });

  test('bodies that are no object', async () => {
    for (const body of ['[]', '"x"', '1', 'null', 'true', '[{}]']) {
      const r = await call('POST', '/api/v1/accounts', body);
      assert.equal(r.status, 400, `${body}: ${r.text}`);
    }
  });

  test('parameters of a query', async () => {
    for (const [query, field] of [
      ['limit=x', 'limit'], ['limit=0', 'limit'], ['limit=1001', 'limit'], ['limit=-1', 'limit'], ['limit=1.5', 'limit'],
      ['limit=99999999999999999999', 'limit'], ['limit=', 'limit'], ['since=yesterday', 'since'], ['since=2026-13-01', 'since'],
      ['state=lost', 'state'], ['rule=no.such', 'rule'], ['cursor=x', 'cursor'], ['nobody_asked=1', 'nobody_asked'],
    ]) {
      const r = await call('GET', `/api/v1/decisions?${query}`);
      assert.equal(r.status, 400, `${query}: ${r.text}`);
      assert.equal(r.json().field, field, query);
    }
  });

  test('nothing has changed', async () => {
    assert.deepEqual(await everything(), atFirst);
  });
});

// --- webhooks ---

// Meta adds fields and changes shapes: a fact that makes no sense is kept and changes nothing. Only an envelope that is
// none is refused. A gateway of its own, for its account does not fare well.
describe('a member of a webhook with another type', () => {
  const kinds = Object.keys(samples);
  let other;

  before(async () => {
    other = await startWorld({ company: false, simWebhooks: false });
    await seedDocumented(other.api);
  });
  after(() => other?.stop());

  function mutants() {
    let serial = 0;
    return readFolder('payloads').flatMap(({ name, json }) => [...places(json)].map((path) => {
      const left = kinds.filter((kind) => kind !== kindOf(valueAt(json, path)));
      const kind = left[serial++ % left.length];
      return { name: `${name}: ${written(path)} is ${kind}`, raw: JSON.stringify(replaced(json, path, samples[kind])) };
    }));
  }

  test('each member of each file, with one type or another', async () => {
    const all = mutants();
    const statuses = {};
    await inParallel(all, async ({ name, raw }) => {
      const { status, text } = await other.webhook(undefined, { raw, secret: documented.secret });
      assert.ok([200, 400, 401].includes(status), `${name}: ${status} ${text}`);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }, 8);
    assert.ok(all.length > 3500 && statuses[200] > all.length / 2, JSON.stringify(statuses));
  });

  test('envelopes that are none', async () => {
    const entry = (changes) => ({ id: documented.wabas[0], changes });
    const change = { field: 'messages', value: {} };
    for (const envelope of [
      {}, [], { entry: {} }, { entry: 1 }, { entry: [1] }, { entry: [[]] }, { entry: [{}] }, { entry: [entry({})] },
      { entry: [entry([1])] }, { entry: [entry([[]])] }, { entry: [entry(Array(1001).fill(change))] },
      { entry: Array(1001).fill(entry([change])) },
      { entry: [entry([{ field: 'messages', value: { messages: Array(20001).fill({}) } }])] },
    ]) {
      const raw = JSON.stringify(envelope);
      const r = await other.webhook(undefined, { raw, secret: documented.secret });
      assert.equal(r.status, 400, `${raw.slice(0, 100)}: ${r.text}`);
      assert.ok(r.json().error.message.length > 10);
    }
  });

  test('it goes on', async () => {
    const { json } = readFolder('payloads').find((x) => x.name === 'messages.text');
    assert.equal((await other.webhook(json, { secret: documented.secret })).status, 200);
    assert.equal((await request(`${other.url}/readyz`)).status, 200);
  });
});
