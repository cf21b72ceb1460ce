// The public API from outside: every operation of /api/openapi.json with good and with bad input. Each answer is held
// against the schema that the description gives for it, member by member; at the end no operation may be left over.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request, scratch, sign, startProcess } from './lib/varco.mjs';

const WABA = '900800700';
const NUMBER = '100200300';
const SECRET = 'app-secret-of-the-tests';
const person = (n) => `+3933312345${String(n).padStart(2, '0')}`;
const definition = (name, extra) => ({
  name, language: 'it', category: 'UTILITY', status: 'APPROVED',
  components: [{ type: 'BODY', text: 'Il tuo ordine {{1}} è partito.', example: { body_text: [['7']] } }], ...extra,
});

let gateway, graph, token, description;
const exercised = new Map(); // operationId → statuses seen

// --- a Graph that only lists templates ---

function startGraph() {
  const self = { calls: [], answer: () => ({ status: 500, body: 'not told what to say' }) };
  const server = http.createServer((req, res) => {
    self.calls.push({ url: new URL(req.url, 'http://graph'), headers: req.headers });
    const { status, body } = self.answer(self.calls.at(-1));
    res.writeHead(status, { 'Content-Type': 'application/json' });
    res.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  self.close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => {
    self.url = `http://127.0.0.1:${server.address().port}`;
    resolve(self);
  }));
}

// --- what the description says ---

function lookUp(schema) {
  return schema.$ref ? schema.$ref.slice(2).split('/').reduce((at, key) => at[key], description) : schema;
}

function typeOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

// Complaints about a value; members that the schema does not have are among them.
function complaints(value, given, at = '') {
  const schema = lookUp(given);
  if (schema.oneOf) {
    const each = schema.oneOf.map((one) => complaints(value, one, at));
    return each.filter((list) => list.length === 0).length === 1 ? [] : [`${at}: fits none: ${each.flat()}`];
  }
  if ('const' in schema) return value === schema.const ? [] : [`${at} is not ${schema.const}`];
  const types = [schema.type ?? []].flat();
  if (types.length && !types.includes(typeOf(value))) return [`${at}: ${typeOf(value)} is not ${types}`];
  if (schema.format === 'date-time' && value !== null && !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return [`${at}: no time`];
  if (Array.isArray(value) && schema.items) return value.flatMap((v, i) => complaints(v, schema.items, `${at}[${i}]`));
  if (typeOf(value) !== 'object' || !schema.properties) return [];
  return [
    ...(schema.required ?? []).filter((key) => !(key in value)).map((key) => `${at}.${key} is missing`),
    ...Object.entries(value).flatMap(([key, v]) => key in schema.properties
      ? complaints(v, schema.properties[key], `${at}.${key}`) : [`${at}.${key} is not described`]),
  ];
}

function operationOf(method, path) {
  const segments = path.split('?')[0].split('/');
  const fits = Object.keys(description.paths).filter((known) => {
    const wanted = known.split('/');
    return wanted.length === segments.length && wanted.every((w, i) => w === segments[i] || w.startsWith('{'));
  });
  fits.sort((a, b) => a.split('{').length - b.split('{').length);
  return fits.map((known) => description.paths[known][method.toLowerCase()]).find((operation) => operation);
}

function checkAnswer(r, operation, what) {
  if (r.status >= 400) {
    assert.equal(r.headers['content-type'], 'application/problem+json', what);
    const problem = r.json();
    assert.deepEqual(complaints(problem, { $ref: '#/components/schemas/Problem' }), [], what);
    assert.equal(problem.status, r.status, what);
    return problem;
  }
  assert.equal(r.status, 200, `${what}: ${r.text}`);
  assert.equal(r.headers['content-type'], 'application/json', what);
  assert.equal(r.headers['cache-control'], 'no-store', what);
  const schema = operation.responses[200].content['application/json'].schema;
  const value = r.json();
  assert.deepEqual(complaints(value, schema), [], `${what}: ${r.text}`);
  return value;
}

// --- calls ---

async function call(method, path, body, headers = {}) {
  const r = await request(gateway.url + path, {
    method, body, headers: { Authorization: `Bearer ${token}`, ...headers },
  });
  const operation = operationOf(method, path);
  if (operation) exercised.set(operation.operationId, [...(exercised.get(operation.operationId) ?? []), r.status]);
  return { status: r.status, headers: r.headers, value: checkAnswer(r, operation, `${method} ${path}`) };
}

async function ok(method, path, body, headers) {
  const r = await call(method, path, body, headers);
  assert.equal(r.status, 200, `${method} ${path}: ${JSON.stringify(r.value)}`);
  return r.value;
}

// [status, code, field or undefined, a part of the sentence or undefined]
async function bad([status, code, field = null, says], method, path, body, headers) {
  const r = await call(method, path, body, headers);
  const what = `${method} ${path} ${JSON.stringify(body)}: ${JSON.stringify(r.value)}`;
  assert.equal(r.status, status, what);
  assert.equal(r.value.code, code, what);
  assert.equal(r.value.field, field, what);
  if (says) assert.match(r.value.detail, says, what);
  return r;
}

const account = {
  waba: WABA, portfolio: '700600500', name: 'Calzature Rossi', country: 'IT', limit: 2000,
  token_file: ' meta-token\n', app_secret_file: SECRET, verify_token_file: 'verify',
};
const number = { waba: WABA, id: NUMBER, display: '+39 333 123 4500', established: true };
const integration = {
  name: 'crm', owner: 'Marta Neri', purpose: 'Ordini', numbers: [NUMBER], categories: ['utility', 'service'],
};

before(async () => {
  graph = await startGraph();
  const state = scratch('api');
  gateway = await startProcess(['serve'], {
    env: {
      VARCO_SERVER_LISTEN: '127.0.0.1:0', VARCO_SERVER_STATE_DIR: state, VARCO_UPSTREAM_BASE_URL: graph.url,
      VARCO_POLICY_MODE: 'enforce',
    },
  });
  token = readFileSync(join(state, 'admin.token'), 'utf8').trim();
  description = (await request(`${gateway.url}/api/openapi.json`)).json();
});

after(async () => {
  await gateway?.stop();
  await graph?.close();
});

// --- the door ---

test('the description is public, the rest wants the admin token', async () => {
  assert.equal(description.openapi, '3.1.0');
  for (const authorization of [undefined, 'Bearer ', `Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Basic ${token}`, token]) {
    const r = await request(`${gateway.url}/api/v1/accounts`, {
      headers: authorization === undefined ? {} : { Authorization: authorization },
    });
    assert.equal(r.status, 401, authorization);
    assert.equal(r.headers['www-authenticate'], 'Bearer');
    assert.equal(r.json().code, 'E_DENIED');
  }
  const r = await request(`${gateway.url}/api/v1/accounts`, { headers: { authorization: `bearer ${token}` } });
  assert.equal(r.status, 200);
});

test('what is not there is not there, what is there takes its methods only', async () => {
  await bad([404, 'E_NOT_FOUND'], 'GET', '/api/v1/nothing');
  await bad([404, 'E_NOT_FOUND'], 'GET', '/api/v1/accounts/');
  await bad([404, 'E_NOT_FOUND'], 'GET', '/api/v2/accounts');
  const r = await bad([405, 'E_UNSUPPORTED'], 'PUT', `/api/v1/accounts/${WABA}`);
  assert.deepEqual(r.headers.allow.split(', ').sort(), ['DELETE', 'GET', 'PATCH', 'POST']);
  const posted = await request(`${gateway.url}/api/openapi.json`, { method: 'POST', body: {} });
  assert.deepEqual([posted.status, posted.headers['content-type'], posted.headers.allow], [405, 'application/problem+json', 'GET']);
});

test('sentences come in the language of the caller', async () => {
  const en = await bad([400, 'E_INVALID', 'waba'], 'POST', '/api/v1/accounts', {});
  const it = await bad([400, 'E_INVALID', 'waba'], 'POST', '/api/v1/accounts', {}, { 'Accept-Language': 'it-IT,en;q=0.5' });
  assert.equal(en.value.detail, '"waba" is missing.');
  assert.notEqual(it.value.detail, en.value.detail);
  assert.notEqual(it.value.title, en.value.title);
});

test('bodies that are no objects of known members are refused by name', async () => {
  await bad([400, 'E_INVALID', null, /not JSON/], 'POST', '/api/v1/accounts', '{"waba":');
  await bad([400, 'E_INVALID', null, /must be a JSON object/], 'POST', '/api/v1/accounts', '[]');
  await bad([400, 'E_INVALID', null, /not JSON/], 'POST', '/api/v1/accounts', `{"waba":${'['.repeat(100000)}`);
  await bad([400, 'E_INVALID', null, /not JSON/], 'POST', '/api/v1/accounts', Buffer.from('{"waba":"\xff"}', 'latin1'));
  await bad([400, 'E_INVALID', 'wabba', /nearest is "waba"/], 'POST', '/api/v1/accounts', { ...account, wabba: '1' });
  for (const [member, value] of Object.entries({
    waba: 900800700, portfolio: null, name: ['x'], country: true, limit: 'many', token_file: {}, app_secret_file: 7,
  })) {
    await bad([400, 'E_INVALID', member], 'POST', '/api/v1/accounts', { ...account, [member]: value });
  }
});

// --- accounts ---

test('accounts', async () => {
  assert.deepEqual(await ok('GET', '/api/v1/accounts'), { items: [], next: null });
  const added = await ok('POST', '/api/v1/accounts', account);
  assert.equal(added.limit, 2000);
  assert.deepEqual([added.token, added.app_secret, added.verify_token], [true, true, true]);
  assert.ok(!JSON.stringify(added).includes('meta-token'));
  assert.deepEqual(await ok('POST', '/api/v1/accounts', account), added);
  await bad([409, 'E_CONFLICT', 'name'], 'POST', '/api/v1/accounts', { ...account, name: 'Altro' });
  await bad([409, 'E_CONFLICT', 'limit'], 'POST', '/api/v1/accounts', { ...account, limit: 250 });
  await bad([409, 'E_CONFLICT', 'token_file'], 'POST', '/api/v1/accounts', { ...account, token_file: 'another' });
  await bad([400, 'E_INVALID', 'country'], 'POST', '/api/v1/accounts', { ...account, waba: '1', country: 'Italia' });
  await bad([400, 'E_RANGE', 'limit'], 'POST', '/api/v1/accounts', { ...account, waba: '1', portfolio: '2', limit: 0 });
  await bad([400, 'E_INVALID', 'upstream', /it has/], 'POST', '/api/v1/accounts', { ...account, upstream: 'carrier-pigeon' });
  await bad([413, 'E_TOO_LARGE', 'token_file'], 'POST', '/api/v1/accounts', { ...account, waba: '1', token_file: 'x'.repeat(9000) });
  assert.deepEqual(await ok('GET', `/api/v1/accounts/${WABA}`), added);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/accounts/1');

  const set = await ok('PATCH', `/api/v1/accounts/${WABA}`, { state: 'locked', payment_ok: false, limit: 'unlimited' });
  assert.deepEqual([set.state, set.payment_ok, set.limit], ['locked', false, 'unlimited']);
  const back = await ok('POST', `/api/v1/accounts/${WABA}`, { state: 'active', payment_ok: true, limit: 2000 });
  assert.deepEqual(back, added);
  await bad([400, 'E_INVALID', null, /Nothing is given/], 'PATCH', `/api/v1/accounts/${WABA}`, {});
  await bad([400, 'E_INVALID', 'state'], 'PATCH', `/api/v1/accounts/${WABA}`, { state: 'happy' });
  await bad([400, 'E_INVALID', 'waba'], 'PATCH', `/api/v1/accounts/${WABA}`, { waba: '1' });
  await bad([404, 'E_NOT_FOUND', 'waba'], 'PATCH', '/api/v1/accounts/1', { name: 'X' });
  await bad([404, 'E_NOT_FOUND', 'waba'], 'POST', '/api/v1/accounts/1', { name: 'X' });

  await ok('POST', '/api/v1/accounts', { waba: '1', portfolio: '2', name: 'Un altro' });
  assert.deepEqual(await ok('DELETE', '/api/v1/accounts/1'), { id: '1', removed: true });
  await bad([404, 'E_NOT_FOUND', 'waba'], 'DELETE', '/api/v1/accounts/1');
  await bad([400, 'E_INVALID', 'force'], 'DELETE', `/api/v1/accounts/${WABA}?force=true`);
});

test('lists go page by page', async () => {
  for (let i = 0; i < 5; i++) await ok('POST', '/api/v1/accounts', { waba: `8${i}`, portfolio: '3', name: `Conto ${i}` });
  const seen = [];
  let next;
  do {
    const page = await ok('GET', `/api/v1/accounts?limit=2${next ? `&cursor=${encodeURIComponent(next)}` : ''}`);
    assert.ok(page.items.length <= 2);
    seen.push(...page.items.map((x) => x.waba));
    next = page.next;
  } while (next);
  assert.deepEqual(seen, ['80', '81', '82', '83', '84', WABA]);
  await bad([400, 'E_RANGE', 'limit'], 'GET', '/api/v1/accounts?limit=1001');
  await bad([400, 'E_INVALID', 'limit'], 'GET', '/api/v1/accounts?limit=few');
  await bad([400, 'E_INVALID', 'pagge'], 'GET', '/api/v1/accounts?pagge=2');
  for (let i = 0; i < 5; i++) await ok('DELETE', `/api/v1/accounts/8${i}`);
});

// --- numbers ---

test('numbers', async () => {
  const added = await ok('POST', '/api/v1/numbers', number);
  assert.deepEqual([added.display, added.status, added.established, added.warmup], ['+393331234500', 'CONNECTED', true, null]);
  assert.deepEqual(await ok('POST', '/api/v1/numbers', number), added);
  await bad([409, 'E_CONFLICT', 'display'], 'POST', '/api/v1/numbers', { ...number, display: '+39 333 123 4599' });
  await bad([400, 'E_INVALID', 'waba'], 'POST', '/api/v1/numbers', { ...number, id: '7', waba: '404' });
  await bad([400, 'E_INVALID', 'display'], 'POST', '/api/v1/numbers', { ...number, id: '7', display: 'Anna' });
  await bad([400, 'E_RANGE', 'throughput'], 'POST', '/api/v1/numbers', { ...number, id: '7', throughput: 5000 });
  await bad([400, 'E_INVALID', 'established'], 'POST', '/api/v1/numbers', { ...number, established: 'yes' });
  const young = await ok('POST', '/api/v1/numbers', { waba: WABA, id: '100200301', display: '+39 333 123 4502' });
  assert.equal(young.warmup.day, 1);
  assert.ok(young.warmup.cap > 0);
  await bad([409, 'E_CONFLICT', 'display'], 'POST', '/api/v1/numbers', { ...number, id: '7', display: '+393331234502' });
  await bad([409, 'E_CONFLICT', 'display'], 'PATCH', '/api/v1/numbers/100200301', { display: number.display });
  assert.deepEqual((await ok('GET', '/api/v1/numbers')).items.map((x) => x.id), [NUMBER, '100200301']);
  assert.deepEqual((await ok('GET', '/api/v1/numbers?waba=404')).items, []);
  assert.deepEqual((await ok('GET', `/api/v1/accounts/${WABA}`)).numbers, [NUMBER, '100200301']);
  assert.deepEqual(await ok('GET', `/api/v1/numbers/${NUMBER}`), added);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/numbers/1');
  await bad([400, 'E_RANGE', 'limit'], 'GET', '/api/v1/numbers?limit=0');
  const fast = await ok('PATCH', `/api/v1/numbers/${NUMBER}`, { throughput: 250, quality: 'YELLOW' });
  assert.deepEqual([fast.throughput, fast.quality], [250, 'YELLOW']);
  await ok('POST', `/api/v1/numbers/${NUMBER}`, { quality: 'GREEN' });
  await bad([400, 'E_RANGE', 'throughput'], 'PATCH', `/api/v1/numbers/${NUMBER}`, { throughput: 0 });
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/numbers/1', { throughput: 10 });
  await bad([409, 'E_CONFLICT', 'waba'], 'DELETE', `/api/v1/accounts/${WABA}`);
  await ok('DELETE', '/api/v1/numbers/100200301');
  await bad([404, 'E_NOT_FOUND', 'id'], 'DELETE', '/api/v1/numbers/100200301');
});

test('pauses', async () => {
  const path = `/api/v1/numbers/${NUMBER}`;
  const began = Date.now();
  const paused = await ok('POST', `${path}/pause`, { purpose: 'marketing', reason: 'Lamentele', for: '24h' });
  const [pause] = paused.paused;
  assert.deepEqual([pause.scope, pause.purpose, pause.by, pause.reason], ['number', 'marketing', 'operator', 'Lamentele']);
  const left = Date.parse(pause.until) - began;
  assert.ok(left >= 86400000 && left < 86400000 + 600000);
  await ok('POST', `${path}/pause`, { purpose: 'utility', reason: 'Prova', until: '2099-01-01T00:00:00Z' });
  const third = await ok('POST', `${path}/pause`, { purpose: 'all', reason: 'Prova' });
  assert.deepEqual(third.paused.map((x) => x.until), [pause.until, '2099-01-01T00:00:00Z', null]);
  const one = await ok('POST', `${path}/resume`, { purpose: 'all' });
  assert.deepEqual(one.paused, []);
  await ok('POST', `${path}/pause`, { purpose: 'utility', reason: 'Prova' });
  await ok('POST', `${path}/pause`, { purpose: 'marketing', reason: 'Prova' });
  assert.deepEqual((await ok('POST', `${path}/resume`, { purpose: 'utility' })).paused.map((x) => x.purpose), ['marketing']);
  assert.deepEqual((await ok('POST', `${path}/resume`)).paused, []);
  const good = { purpose: 'marketing', reason: 'Prova' };
  await bad([400, 'E_INVALID', 'reason'], 'POST', `${path}/pause`, { purpose: 'marketing' });
  await bad([400, 'E_INVALID', 'purpose'], 'POST', `${path}/pause`, { ...good, purpose: 'promo' });
  await bad([400, 'E_INVALID', 'for'], 'POST', `${path}/pause`, { ...good, for: 'a while' });
  await bad([400, 'E_INVALID', 'until'], 'POST', `${path}/pause`, { ...good, for: '1h', until: '2099-01-01T00:00:00Z' });
  await bad([400, 'E_RANGE', 'for'], 'POST', `${path}/pause`, { ...good, until: '2020-01-01T00:00:00Z' });
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/numbers/1/pause', good);
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/numbers/1/resume');
  await bad([400, 'E_INVALID', 'purpose'], 'POST', `${path}/resume`, { purpose: 'promo' });

  await ok('POST', `${path}/pause`, good);
  const scope = { scope: 'number', id: path.split('/').pop() };
  assert.deepEqual((await ok('GET', '/api/v1/pauses')).items.map((x) => [x.scope, x.id]), [['number', scope.id]]);
  assert.deepEqual((await ok('GET', '/api/v1/pauses?limit=1')).items.length, 1);
  await bad([400, 'E_RANGE', 'limit'], 'GET', '/api/v1/pauses?limit=0');
  await bad([400, 'E_INVALID', 'scope'], 'POST', '/api/v1/pauses/resume', { ...scope, scope: 'town' });
  await bad([400, 'E_INVALID', 'purpose'], 'POST', '/api/v1/pauses/resume', { ...scope, purpose: 'promo' });
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/pauses/resume', { ...scope, id: '1' });
  assert.deepEqual((await ok('POST', '/api/v1/pauses/resume', scope)).items, []);
});

// --- templates ---

test('templates', async () => {
  const one = await ok('POST', '/api/v1/templates', { waba: WABA, file: definition('order_shipped') });
  assert.deepEqual([one.name, one.category, one.status, one.components.length], ['order_shipped', 'UTILITY', 'APPROVED', 1]);
  assert.deepEqual(await ok('POST', '/api/v1/templates', { waba: WABA, file: JSON.stringify(definition('order_shipped')) }), one);
  const many = await ok('POST', '/api/v1/templates', {
    waba: WABA, file: [definition('order_shipped'), definition('order_late', { status: 'PAUSED' }), definition('aa')],
  });
  assert.deepEqual(many.items.map((x) => x.name), ['order_shipped', 'order_late', 'aa']);
  await bad([409, 'E_CONFLICT', 'file.category'], 'POST', '/api/v1/templates',
    { waba: WABA, file: definition('order_shipped', { category: 'MARKETING' }) });
  await bad([400, 'E_INVALID', 'file[1].name'], 'POST', '/api/v1/templates',
    { waba: WABA, file: [definition('never_stored'), definition('Not A Name')] });
  await bad([404, 'E_NOT_FOUND', 'name'], 'GET', `/api/v1/templates/${WABA}/never_stored/it`);
  await bad([400, 'E_INVALID', 'file[0]'], 'POST', '/api/v1/templates', { waba: WABA, file: [7] });
  await bad([400, 'E_INVALID', 'file', /not JSON/], 'POST', '/api/v1/templates', { waba: WABA, file: '{' });
  await bad([400, 'E_INVALID', 'file', /no definition/], 'POST', '/api/v1/templates', { waba: WABA, file: [] });
  await bad([400, 'E_INVALID', 'file'], 'POST', '/api/v1/templates', { waba: WABA, file: 7 });
  await bad([400, 'E_INVALID', 'waba'], 'POST', '/api/v1/templates', { waba: '404', file: definition('a') });

  assert.deepEqual((await ok('GET', '/api/v1/templates')).items.map((x) => x.name), ['aa', 'order_late', 'order_shipped']);
  assert.deepEqual((await ok('GET', `/api/v1/templates?waba=${WABA}&status=paused`)).items.map((x) => x.name), ['order_late']);
  const page = await ok('GET', '/api/v1/templates?limit=1');
  const rest = await ok('GET', `/api/v1/templates?limit=5&cursor=${encodeURIComponent(page.next)}`);
  assert.deepEqual([...page.items, ...rest.items].map((x) => x.name), ['aa', 'order_late', 'order_shipped']);
  await bad([400, 'E_INVALID', 'state'], 'GET', '/api/v1/templates?state=PAUSED');
  assert.deepEqual(await ok('GET', `/api/v1/templates/${WABA}/order_shipped/it`), one);

  const path = `/api/v1/templates/${WABA}/order_late/it`;
  const set = await ok('PATCH', path, { status: 'APPROVED', quality: 'GREEN', category: 'marketing' });
  assert.deepEqual([set.status, set.quality, set.category], ['APPROVED', 'GREEN', 'MARKETING']);
  const again = await ok('POST', path, { file: definition('order_late', { components: [] }) });
  assert.deepEqual([again.components, again.category], [[], 'UTILITY']);
  await bad([400, 'E_INVALID', 'file', /in the path/], 'PATCH', path, { file: definition('another') });
  await bad([400, 'E_INVALID', 'category'], 'PATCH', path, { category: 'service' });
  await bad([404, 'E_NOT_FOUND', 'name'], 'POST', `/api/v1/templates/${WABA}/another/it`, { file: definition('another') });
  assert.equal((await ok('DELETE', `/api/v1/templates/${WABA}/aa/it`)).removed, true);
  await bad([404, 'E_NOT_FOUND', 'name'], 'DELETE', `/api/v1/templates/${WABA}/aa/it`);
});

test('template lint', async () => {
  const good = await ok('POST', '/api/v1/templates/lint', { file: definition('order_shipped') });
  assert.deepEqual([good.ok, good.items.length, good.items[0].problems], [true, 1, []]);
  const mixed = await ok('POST', '/api/v1/templates/lint', { file: [definition('fine'), { ...definition('Wrong'), components: [] }] });
  assert.equal(mixed.ok, false);
  assert.deepEqual(mixed.items.map((x) => x.ok), [true, false]);
  assert.deepEqual(mixed.items[1].problems.map((x) => x.field).sort(), ['components', 'name']);
  await bad([400, 'E_INVALID', 'file'], 'POST', '/api/v1/templates/lint', {});
  await bad([400, 'E_INVALID', 'file'], 'POST', '/api/v1/templates/lint', { file: 'x' });
});

test('template sync', async () => {
  const sync = () => ({ waba: WABA });
  const page = (names, after) => ({
    status: 200,
    body: { data: names.map((n) => ({ id: `9${n.length}`, ...definition(n) })), paging: { cursors: { after: after ?? 'end' }, ...(after && { next: 'http://elsewhere.example/?after=evil' }) } },
  });
  graph.calls.length = 0;
  graph.answer = ({ url }) => (url.searchParams.get('after') === 'c/+=' ? page(['order_shipped', 'new_two']) : page(['new_one', 'Bad Name'], 'c/+='));
  const r = await ok('POST', '/api/v1/templates/sync', sync());
  assert.deepEqual([r.read, r.created], [4, 2]);
  assert.deepEqual(r.problems.map((x) => [x.name, x.field]), [['Bad Name', 'name']]);
  assert.deepEqual(r.missing, [{ name: 'order_late', language: 'it' }]);
  assert.equal(graph.calls.length, 2);
  for (const { url, headers } of graph.calls) {
    assert.equal(url.pathname, `/v25.0/${WABA}/message_templates`);
    assert.equal(headers.authorization, 'Bearer meta-token');
  }
  assert.equal((await ok('GET', `/api/v1/templates/${WABA}/new_two/it`)).id, '97');

  graph.answer = () => ({ status: 400, body: { error: { message: '(#100) No such field', code: 100 } } });
  await bad([502, 'E_IO', null, /400: \(#100\) No such field/], 'POST', '/api/v1/templates/sync', sync());
  graph.answer = () => ({ status: 200, body: 'not JSON' });
  await bad([502, 'E_IO', null, /not with a list/], 'POST', '/api/v1/templates/sync', sync());
  graph.answer = () => ({ status: 200, body: { data: {} } });
  await bad([502, 'E_IO'], 'POST', '/api/v1/templates/sync', sync());
  // Breaking off in the middle changes nothing.
  graph.answer = ({ url }) => (url.searchParams.get('after') ? { status: 500, body: {} } : page(['half_way'], 'c'));
  await bad([502, 'E_IO'], 'POST', '/api/v1/templates/sync', sync());
  await bad([404, 'E_NOT_FOUND', 'name'], 'GET', `/api/v1/templates/${WABA}/half_way/it`);
  await bad([404, 'E_NOT_FOUND', 'waba'], 'POST', '/api/v1/templates/sync', { waba: '404' });
  await bad([400, 'E_INVALID', 'waba'], 'POST', '/api/v1/templates/sync', {});
});

// --- integrations ---

test('integrations', async () => {
  const added = await ok('POST', '/api/v1/integrations', integration);
  assert.match(added.id, /^app_/);
  assert.match(added.key, /^varco_.{43}$/);
  assert.deepEqual(await ok('POST', '/api/v1/integrations', { ...integration, categories: 'service,utility' }), { ...added, key: null });
  await bad([409, 'E_CONFLICT', 'owner'], 'POST', '/api/v1/integrations', { ...integration, owner: 'Altra' });
  const other = { ...integration, name: 'other' };
  await bad([400, 'E_INVALID', 'numbers'], 'POST', '/api/v1/integrations', { ...other, numbers: ['404'] });
  await bad([400, 'E_INVALID', 'categories'], 'POST', '/api/v1/integrations', { ...other, categories: ['promo'] });
  await bad([400, 'E_INVALID', 'webhook_secret_file'], 'POST', '/api/v1/integrations', { ...other, webhook: 'https://crm.example/hook' });
  await bad([400, 'E_INVALID', 'webhook'], 'POST', '/api/v1/integrations', { ...other, webhook: 'ftp://crm.example', webhook_secret_file: 's' });
  await bad([400, 'E_INVALID', 'review_by'], 'POST', '/api/v1/integrations', { ...other, review_by: 'soon' });
  const full = await ok('POST', '/api/v1/integrations', {
    ...other, data: 'Telefono', review_by: '2099-06-30', webhook: 'https://crm.example/hook', webhook_secret_file: 'secret',
  });
  const shown = await ok('GET', `/api/v1/integrations/${full.id}`);
  assert.deepEqual([shown.review_by, shown.webhook, shown.data], ['2099-06-30', 'https://crm.example/hook', 'Telefono']);
  assert.deepEqual(await ok('GET', '/api/v1/integrations/other'), shown);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/integrations/nobody');
  assert.deepEqual((await ok('GET', '/api/v1/integrations?limit=1')).items.map((x) => x.name), ['crm']);
  await bad([400, 'E_INVALID', 'name'], 'GET', '/api/v1/integrations?name=crm');
  assert.deepEqual((await ok('GET', '/api/v1/integrations/export')).items.map((x) => x.name), ['crm', 'other']);
  await bad([400, 'E_INVALID', 'format'], 'GET', '/api/v1/integrations/export?format=pdf');
  const set = await ok('PATCH', '/api/v1/integrations/other', { status: 'suspended', categories: 'utility', webhook: '' });
  assert.deepEqual([set.status, set.categories, set.webhook], ['suspended', ['utility'], null]);
  await bad([409, 'E_CONFLICT', 'name'], 'PATCH', '/api/v1/integrations/other', { name: 'crm' });
  await bad([404, 'E_NOT_FOUND', 'id'], 'PATCH', '/api/v1/integrations/nobody', { name: 'x' });
  await ok('POST', '/api/v1/integrations/other', { status: 'active' });
  await bad([400, 'E_INVALID', 'status'], 'POST', '/api/v1/integrations/other', { status: 'asleep' });
  assert.equal((await ok('POST', '/api/v1/integrations/other/revoke')).status, 'revoked');
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/integrations/nobody/revoke');
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/integrations/nobody/rotate');
  await bad([400, 'E_INVALID', 'key'], 'POST', '/api/v1/integrations/other/rotate', { key: 'mine' });
});

let parcels = 0;

function send(key, to) {
  return request(`${gateway.url}/v25.0/${NUMBER}/messages`, {
    method: 'POST', headers: { Authorization: `Bearer ${key}` },
    body: {
      messaging_product: 'whatsapp', to, type: 'template',
      template: { name: 'order_shipped', language: { code: 'it' }, components: [{ type: 'body', parameters: [{ type: 'text', text: `${++parcels}` }] }] },
    },
  });
}

test('a change is in force for everybody who comes after its answer', async () => {
  let old = (await ok('POST', '/api/v1/integrations/crm/rotate')).key;
  for (let i = 0; i < 20; i++) {
    const { key } = await ok('POST', '/api/v1/integrations/crm/rotate');
    const [before_, now] = await Promise.all([send(old, person(1)), send(key, person(1))]);
    assert.equal(before_.status, 401);
    assert.equal(now.status, 400, now.text);
    assert.deepEqual(now.json().error.varco.rules.map((x) => x.id), ['consent.missing']);
    old = key;
  }
  await ok('PATCH', '/api/v1/integrations/crm', { status: 'suspended' });
  assert.equal((await send(old, person(1))).status, 403);
  await ok('PATCH', '/api/v1/integrations/crm', { status: 'active' });
});

// --- consents ---

test('consents, one by one', async () => {
  const act = { phone: person(1), purpose: 'marketing', evidence: 'form', text: 'Sì, grazie', source: 'https://shop.example', at: '2026-01-10T09:00:00Z' };
  await bad([404, 'E_NOT_FOUND'], 'POST', '/api/v1/consents/show', { phone: person(30) });
  const first = await ok('POST', '/api/v1/consents', act);
  assert.equal(first.phone, person(1));
  assert.deepEqual(first.consents, [{ purpose: 'marketing', act: 'grant', at: act.at, evidence: 'form', source: act.source }]);
  assert.deepEqual(await ok('POST', '/api/v1/consents', act), first);
  assert.deepEqual(await ok('POST', '/api/v1/consents/show', { phone: '333 123 4501' }), first);
  assert.deepEqual(await ok('GET', `/api/v1/consents?phone=${person(1)}`), first);
  assert.deepEqual(await ok('GET', `/api/v1/consents?phone=${encodeURIComponent(person(1))}`), first);
  const withdrawn = await ok('POST', '/api/v1/consents/withdraw', { phone: person(1), purpose: 'all', source: 'telefono' });
  assert.deepEqual(withdrawn.consents.map((x) => [x.act, x.purpose]), [['grant', 'marketing'], ['withdraw', 'all']]);
  const bsuid = await ok('POST', '/api/v1/consents/withdraw', { bsuid: 'IT.1A2b3C4d5E', purpose: 'marketing' });
  assert.deepEqual([bsuid.phone, bsuid.bsuid, bsuid.consents.length], [null, 'IT.1A2b3C4d5E', 1]);

  for (const [field, change] of Object.entries({
    phone: { phone: 'Anna' }, bsuid: { bsuid: 'Anna' }, purpose: { purpose: 'service' }, evidence: { evidence: 'none' },
    at: { at: '2099-01-01T00:00:00Z' }, text: { text: '\u0007' },
  })) {
    await bad([400, 'E_INVALID', field], 'POST', '/api/v1/consents', { ...act, ...change });
  }
  await bad([400, 'E_INVALID', 'evidence'], 'POST', '/api/v1/consents', { phone: person(1), purpose: 'all' });
  await bad([400, 'E_INVALID', 'phone'], 'POST', '/api/v1/consents', { purpose: 'all', evidence: 'form' });
  await bad([413, 'E_TOO_LARGE', 'text'], 'POST', '/api/v1/consents', { ...act, text: 'x'.repeat(4001) });
  await bad([400, 'E_INVALID', 'evidence'], 'POST', '/api/v1/consents/withdraw', { phone: person(1), purpose: 'all', evidence: 'form' });
  await bad([400, 'E_INVALID', 'phone'], 'GET', '/api/v1/consents');
  await bad([400, 'E_INVALID', 'phone'], 'GET', '/api/v1/consents?phone=12');
  await bad([404, 'E_NOT_FOUND'], 'GET', '/api/v1/consents?bsuid=IT.nobody1');
});

// Two keys that are known apart are two people, as far as we know: neither may get what was withdrawn under both.
test('a withdrawal under two keys holds for everybody behind them', async () => {
  const grant = (keys) => ok('POST', '/api/v1/consents', { ...keys, purpose: 'all', evidence: 'form' });
  const newest = async (keys) => (await ok('POST', '/api/v1/consents/show', keys)).consents.at(-1).act;
  const [one, two] = [{ phone: person(41), bsuid: 'IT.Known41' }, { phone: person(42), bsuid: 'IT.Known42' }];
  for (const { phone, bsuid } of [one, two]) {
    await grant({ phone });
    await grant({ bsuid });
  }
  await ok('POST', '/api/v1/consents/withdraw', { ...one, purpose: 'all' });
  const table = `phone,bsuid,purpose,act,at,evidence,text,source\n${two.phone},${two.bsuid},all,withdraw,,,,\n`;
  assert.equal((await ok('POST', '/api/v1/consents/import', { file: table })).accepted, 1);
  for (const { phone, bsuid } of [one, two]) {
    assert.equal(await newest({ phone }), 'withdraw');
    assert.equal(await newest({ bsuid }), 'withdraw');
  }
});

test('a consent is in force at once', async () => {
  const { key } = await ok('POST', '/api/v1/integrations/crm/rotate');
  graph.answer = () => ({ status: 200, body: { messaging_product: 'whatsapp', contacts: [], messages: [{ id: 'wamid.TEST' }] } });
  await ok('POST', '/api/v1/consents', { phone: person(2), purpose: 'utility', evidence: 'form' });
  assert.equal((await send(key, person(2))).status, 200);
  await ok('POST', '/api/v1/consents/withdraw', { phone: person(2), purpose: 'utility' });
  const refused = await send(key, person(2));
  assert.equal(refused.status, 400);
  assert.deepEqual(refused.json().error.varco.rules.map((x) => x.id), ['consent.withdrawn']);
});

test('all that proves a consent', async () => {
  const phone = person(40);
  const known = {
    channel: 'shop', how: 'box ticked', text_version: '3', notice_version: '2026-10', notice_url: 'https://shop.example/privacy',
    terms_version: '7', terms_url: 'https://shop.example/terms',
  };
  const pdf = Buffer.from('%PDF-1.7 modulo');
  await bad([404, 'E_NOT_FOUND'], 'POST', '/api/v1/consents/evidence', { phone });
  const act = { phone, purpose: 'marketing', evidence: 'signed', text: 'Sì', source: 'negozio', attachments: [pdf.toString('base64')], ...known };
  for (const [field, value, status = 400, code = 'E_INVALID'] of [
    ['notice_url', 'ftp://shop.example'], ['terms_url', 'http://shop.example'], ['channel', ' '], ['how', '\u0007'],
    ['text_version', 'k'.repeat(101), 413, 'E_TOO_LARGE'], ['attachments', 'a'], ['attachments', ['?']], ['attachments', ['aGk=']],
  ]) {
    await bad([status, code, field], 'POST', '/api/v1/consents', { ...act, [field]: value });
  }
  const { consents: [short] } = await ok('POST', '/api/v1/consents', act);
  assert.deepEqual(Object.keys(short), ['purpose', 'act', 'at', 'evidence', 'source']);
  const { consents: [whole] } = await ok('POST', '/api/v1/consents/evidence', { phone });
  for (const [name, value] of Object.entries(known)) assert.equal(whole[name], value, name);
  assert.equal(whole.proof, null);
  assert.ok(whole.leaf > 0);
  const sha256 = createHash('sha256').update(pdf).digest('hex');
  assert.deepEqual(whole.attachments, [{ bytes: pdf.length, sha256, type: 'application/pdf' }]);
  const file = await ok('GET', `/api/v1/attachments/${sha256}`);
  assert.deepEqual([file.type, Buffer.from(file.content, 'base64').toString()], ['application/pdf', pdf.toString()]);
  await bad([404, 'E_NOT_FOUND', 'sha256'], 'GET', `/api/v1/attachments/${'f'.repeat(64)}`);
  await ok('POST', '/api/v1/consents/withdraw', { phone, purpose: 'marketing', channel: 'phone', how: 'said so' });
  const { consents: [, gone] } = await ok('POST', '/api/v1/consents/evidence', { phone });
  assert.deepEqual([gone.act, gone.channel, gone.how], ['withdraw', 'phone', 'said so']);
});

test('requests, links and stops', async () => {
  const ask = { phone: person(60), number: NUMBER, purpose: 'marketing', template: 'no_such', language: 'it' };
  await bad([404, 'E_NOT_FOUND', 'template'], 'POST', '/api/v1/requests', ask);
  await bad([400, 'E_INVALID', 'purpose'], 'POST', '/api/v1/requests', { ...ask, purpose: 'all' });
  await ok('POST', '/api/v1/templates', { waba: WABA, file: {
    name: 'confirm_offers', language: 'it', category: 'UTILITY', status: 'APPROVED',
    components: [{ type: 'BODY', text: 'Vuoi le offerte?' }] } });
  const made = await ok('POST', '/api/v1/requests', { ...ask, template: 'confirm_offers' });
  assert.deepEqual([made.state, made.text, made.leaf], ['pending', 'Vuoi le offerte?', null]);
  await bad([409, 'E_CONFLICT'], 'POST', '/api/v1/requests', { ...ask, template: 'confirm_offers' });
  assert.equal((await ok('GET', `/api/v1/requests/${made.id}`)).id, made.id);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/requests/req_0000000000000');
  assert.equal((await ok('GET', '/api/v1/requests?state=pending')).items.length, 1);
  await bad([400, 'E_INVALID', 'state'], 'GET', '/api/v1/requests?state=lost');
  assert.equal((await ok('POST', `/api/v1/requests/${made.id}/cancel`, {})).state, 'withdrawn');
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/requests/x/cancel', {});
  await ok('DELETE', `/api/v1/templates/${WABA}/confirm_offers/it`);

  const link = await ok('POST', '/api/v1/links', { number: NUMBER, purpose: 'marketing', text: 'Sì, voglio le offerte' });
  await bad([404, 'E_NOT_FOUND', 'number'], 'POST', '/api/v1/links', { number: '1', purpose: 'marketing', text: 'Sì' });
  assert.deepEqual((await ok('GET', '/api/v1/links')).items, [link]);
  await bad([400, 'E_INVALID', 'cursor'], 'GET', '/api/v1/links?cursor=x');
  assert.deepEqual(await ok('GET', `/api/v1/links/${link.id}`), link);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/links/lnk_0000000000000');
  assert.match((await ok('GET', `/api/v1/links/${link.id}/qr`)).svg, /^<svg/);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/links/x/qr');
  assert.notEqual((await ok('POST', `/api/v1/links/${link.id}/end`, {})).ended_at, null);
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/links/x/end', {});

  assert.deepEqual((await ok('GET', '/api/v1/stops?code=131050&state=held')).items, []);
  await bad([400, 'E_INVALID', 'state'], 'GET', '/api/v1/stops?state=lost');
  for (const verb of ['release', 'confirm']) {
    assert.equal((await ok('POST', `/api/v1/stops/${verb}`, { code: 131050, reason: 'prova' })).people, 0);
    await bad([400, 'E_INVALID', 'reason'], 'POST', `/api/v1/stops/${verb}`, { code: 131050 });
  }
});

test('a table of consents', async () => {
  const header = 'source;phone;purpose;act;at;evidence;città';
  const table = [header,
    `negozio;333 123 4510;all;grant;2026-01-10;double_opt_in;Forlì`,
    `"due\r\nrighe";${person(11)};marketing;grant;2026-01-10T09:00:00+01:00;;`,
    `negozio;3,93E+11;all;grant;2026-01-10;form;`,
    `negozio;+39 333 12;all;grant;2026-01-10;form;`,
    ';;;;;;',
    `negozio;${person(12)};all;withdraw;;;`,
    `negozio;${person(1)};marketing;grant;2026-01-11;form;`,
  ].join('\r\n');
  const body = { file: `\ufeff${table}\r\n`, name: 'primavera' };
  const dry = await ok('POST', '/api/v1/consents/import', { ...body, dry_run: true });
  assert.deepEqual([dry.import, dry.dry_run], [null, true]);
  await bad([404, 'E_NOT_FOUND'], 'POST', '/api/v1/consents/show', { phone: person(10) });
  const real = await ok('POST', '/api/v1/consents/import', body);
  assert.match(real.import, /^imp_/);
  assert.deepEqual([real.rows, real.accepted, real.rejected], [6, 3, 3]);
  // The third row stands on the fourth line; a spreadsheet counts rows.
  assert.deepEqual(real.report.map((x) => [x.row, x.column, x.value]),
    [[4, 'phone', '3,93E+11'], [5, 'phone', '+3• ••• 12'], [8, 'act', '+39 333 •••01']]);
  assert.ok(real.report.every((x) => x.fix));
  assert.match(real.report[0].reason, /rounded/);
  assert.match(real.report[2].reason, /withdrawal/);
  assert.equal(real.id, real.import);
  assert.deepEqual([real.state, real.opt_outs_kept, real.known, real.form, real.name], ['done', 1, 0, 'csv', 'primavera']);
  const { id, at, ended_at } = real;
  assert.deepEqual({ ...dry, import: real.import, dry_run: false, state: 'done', id, at, ended_at }, real);
  const shown = await ok('POST', '/api/v1/consents/show', { phone: person(11) });
  assert.deepEqual(shown.consents, [{ purpose: 'marketing', act: 'grant', at: '2026-01-10T08:00:00Z', evidence: 'imported', source: 'due\r\nrighe' }]);
  const again = await ok('POST', '/api/v1/consents/import', body);
  assert.deepEqual([again.rows, again.accepted], [6, 3]);
  assert.equal((await ok('POST', '/api/v1/consents/show', { phone: person(11) })).consents.length, 1);

  const italian = await ok('POST', '/api/v1/consents/import', body, { 'Accept-Language': 'it' });
  assert.notEqual(italian.report[0].reason, real.report[0].reason);
  const nothing = await ok('POST', '/api/v1/consents/import', { file: 'phone,purpose,act' });
  assert.deepEqual([nothing.rows, nothing.accepted, nothing.rejected, nothing.report], [0, 0, 0, []]);
});

test('tables that cannot be read are refused whole', async () => {
  const row = `${person(20)},all,grant,2026-01-10`;
  for (const [file, says] of [
    ['', /empty/],
    ['phone,act,at\n', /no column "purpose"/],
    ['purpose,act,at\n', /no column "phone"/],
    ['phone,purpose,at\n', /no column "act"/],
    ['phone,purpose,act,at,Phone\n', /two columns "Phone"/],
    ['phone,purpose,act,at,\n', /Column 5/],
    [`phone,purpose,act,at\n${row}\n"+39`, /Line 3, column 1/],
    [`phone,purpose,act,at\n${row}\n1,2"3,4,5\n`, /Line 3, column 4/],
    [`phone,purpose,act,at\n${row}\n${'1,'.repeat(70)}\n`, /too many fields/],
    [`phone,purpose,act,at\n${row}\n${'1'.repeat(70000)}\n`, /too long/],
  ]) {
    await bad([400, 'E_INVALID', 'file', says], 'POST', '/api/v1/consents/import', { file });
  }
  await bad([404, 'E_NOT_FOUND'], 'POST', '/api/v1/consents/show', { phone: person(20) });
  await bad([400, 'E_INVALID', 'dry_run'], 'POST', '/api/v1/consents/import', { file: 'phone', dry_run: 'yes' });
  await bad([400, 'E_INVALID', 'file'], 'POST', '/api/v1/consents/import', { file: { phone: 1 } });
  await bad([400, 'E_INVALID', 'name'], 'POST', '/api/v1/consents/import', { file: 'phone,purpose,act', name: '\u0007' });
});

test('a large table goes in while others are served, and its report is bounded', async () => {
  const rows = ['phone,purpose,act,at'];
  for (let i = 0; i < 1300; i++) rows.push(`+44 7700 900${String(i % 1000).padStart(3, '0')},marketing,grant,2026-01-${10 + Math.floor(i / 1000)}`);
  for (let i = 0; i < 1300; i++) rows.push('nobody,marketing,grant,2026-01-10');
  let served = 0;
  const import_ = ok('POST', '/api/v1/consents/import', { file: rows.join('\n') });
  const done = import_.then(() => true);
  while (!(await Promise.race([done, ok('GET', '/api/v1/status').then(() => false)]))) served++;
  const r = await import_;
  assert.deepEqual([r.rows, r.accepted, r.rejected, r.report.length], [2600, 1300, 1300, 1000]);
  assert.ok(served > 0);
});

// An answer that is a file.
async function fileOf(path, headers = {}) {
  const r = await request(gateway.url + path, { headers: { Authorization: `Bearer ${token}`, ...headers } });
  const operation = operationOf('GET', path);
  exercised.set(operation.operationId, [...(exercised.get(operation.operationId) ?? []), r.status]);
  assert.equal(r.status, 200, r.text);
  const type = r.headers['content-type'].split(';')[0];
  assert.ok(operation.responses[200].content[type], `${path} answers with ${type}`);
  assert.match(r.headers['content-disposition'], /^attachment; filename="[\w.]+"$/);
  assert.equal(r.headers['x-content-type-options'], 'nosniff');
  return r.text;
}

test('imports', async () => {
  const { items, next } = await ok('GET', '/api/v1/imports?limit=2');
  assert.equal(items.length, 2);
  assert.deepEqual((await ok('GET', `/api/v1/imports?limit=2&cursor=${next}`)).items.length, 2);
  const last = items.find((x) => x.rejected > 1000);
  assert.equal((await ok('GET', `/api/v1/imports/${last.id}`)).report.length, 1000);
  const report = (await fileOf(`/api/v1/imports/${last.id}/report`)).trimEnd().split('\r\n');
  assert.equal(report.length, last.rejected + 1);
  assert.match(report.at(-1), new RegExp(`^"${last.rows + 1}","phone",`));
  const table = (await fileOf('/api/v1/consents/export?format=csv')).trimEnd().split('\r\n');
  assert.match(table[0], /^"phone","bsuid","purpose","act","at","evidence","text","source"/);
  assert.ok(table.length > 1000);
  const { import: id } = await ok('POST', '/api/v1/consents/import', { file: `phone,purpose,act,at\n${person(43)},all,grant,2026-01-10` });
  assert.equal((await ok('POST', `/api/v1/imports/${id}/undo`, {})).undone, 1);
  await bad([400, 'E_INVALID', 'cursor'], 'GET', '/api/v1/imports?cursor=1');
  await bad([400, 'E_INVALID', 'format'], 'GET', '/api/v1/consents/export?format=pdf');
  await bad([400, 'E_INVALID', 'limit'], 'GET', '/api/v1/consents/export?format=csv&limit=2');
  for (const [method, rest] of [['GET', ''], ['GET', '/report'], ['POST', '/undo']]) {
    await bad([400, 'E_INVALID', 'id'], method, `/api/v1/imports/spring${rest}`);
    await bad([404, 'E_NOT_FOUND', 'id'], method, `/api/v1/imports/imp_0000000000001${rest}`);
  }
});

test('all consents, page by page', async () => {
  const seen = new Set();
  let next;
  do {
    const page = await ok('GET', `/api/v1/consents/export?limit=500${next ? `&cursor=${next}` : ''}`);
    for (const x of page.items) {
      const key = JSON.stringify([x.person, x.purpose, x.act, x.at]);
      assert.ok(!seen.has(key), key);
      seen.add(key);
    }
    next = page.next;
  } while (next);
  assert.ok(seen.size > 1300);
  const [first] = (await ok('GET', '/api/v1/consents/export?limit=1')).items;
  assert.deepEqual([first.phone, first.act, first.text], [person(1), 'grant', 'Sì, grazie']);
  await bad([400, 'E_INVALID', 'cursor'], 'GET', '/api/v1/consents/export?cursor=7');
});

// --- what happened ---

test('decisions', async () => {
  const refused = await ok('GET', '/api/v1/decisions?state=refused&rule=consent.withdrawn');
  assert.equal(refused.items.length, 1);
  const [d] = refused.items;
  assert.deepEqual([d.verdict, d.mode, d.state, d.rules, d.number, d.purpose], ['refuse', 'enforce', 'refused', ['consent.withdrawn'], NUMBER, 'utility']);
  assert.deepEqual(await ok('GET', `/api/v1/decisions/${d.decision}`), d);
  const [it] = (await ok('GET', `/api/v1/decisions/${d.decision}`, undefined, { 'Accept-Language': 'it' })).details;
  assert.notEqual(it.because, d.details[0].because);
  const seen = [];
  let next;
  do {
    const page = await ok('GET', `/api/v1/decisions?limit=7${next ? `&cursor=${next}` : ''}`);
    seen.push(...page.items.map((x) => x.decision));
    next = page.next;
  } while (next);
  assert.ok(seen.length >= 22);
  assert.deepEqual(seen, [...new Set(seen)].sort().reverse());
  assert.equal((await ok('GET', `/api/v1/decisions?app=${d.app}&number=${NUMBER}&state=accepted`)).items.length, 1);
  assert.deepEqual((await ok('GET', '/api/v1/decisions?since=2099-01-01T00:00:00Z')).items, []);
  assert.ok((await ok('GET', '/api/v1/decisions?since=2026-01-01T00:00:00+01:00')).items.length);
  await bad([400, 'E_INVALID', 'state'], 'GET', '/api/v1/decisions?state=lost');
  await bad([400, 'E_INVALID', 'rule', /consent\.missing/], 'GET', '/api/v1/decisions?rule=consent.mising');
  await bad([400, 'E_INVALID', 'since'], 'GET', '/api/v1/decisions?since=yesterday');
  await bad([400, 'E_INVALID', 'cursor'], 'GET', '/api/v1/decisions?cursor=dec_');
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/decisions/dec_0000000000001');
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/decisions/everything');
});

test('alarms', async () => {
  const raw = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: WABA, changes: [{ field: 'messages', value: {
      messaging_product: 'whatsapp', metadata: { display_phone_number: '393331234500', phone_number_id: NUMBER },
      statuses: [{ id: 'wamid.NOTOURS', status: 'sent', timestamp: String(Math.ceil(Date.now() / 1000)), recipient_id: '393331234501' }],
    } }] }],
  });
  const r = await request(`${gateway.url}/webhooks/meta`, {
    method: 'POST', body: raw, headers: { 'X-Hub-Signature-256': sign(SECRET, raw) },
  });
  assert.equal(r.status, 200);
  const { items } = await ok('GET', '/api/v1/alarms?kind=bypass.detected');
  assert.deepEqual(items.map((x) => [x.kind, x.scope]), [['bypass.detected', NUMBER]]);
  assert.deepEqual((await ok('GET', '/api/v1/alarms?kind=other')).items, []);
  await bad([400, 'E_INVALID', 'cursor'], 'GET', '/api/v1/alarms?cursor=1');
});

test('the ledger', async () => {
  const { items: newest, next } = await ok('GET', '/api/v1/ledger?limit=5');
  assert.equal(newest.length, 5);
  const { items: before } = await ok('GET', `/api/v1/ledger?limit=5&cursor=${next}`);
  assert.equal(before.at(-1).seq + 1, newest[0].seq);
  await bad([404, 'E_NOT_FOUND', 'entry', /checkpoint/], 'GET', '/api/v1/ledger/proof/1');
  const point = await ok('POST', '/api/v1/ledger/checkpoint');
  assert.equal(point.size, newest[4].seq);
  await bad([400, 'E_INVALID', 'size'], 'POST', '/api/v1/ledger/checkpoint', { size: 7 });
  const proof = await ok('GET', '/api/v1/ledger/proof/1?since=3');
  assert.equal(proof.checkpoint, point.checkpoint);
  assert.ok(proof.path.length && proof.history.length);
  const all = [];
  let cursor;
  do {
    const page = await ok('GET', `/api/v1/ledger/entries?limit=40${cursor ? `&cursor=${cursor}` : ''}`);
    all.push(...page.items);
    cursor = page.next;
  } while (cursor);
  assert.deepEqual(all.map((x) => x.seq), all.map((x, i) => i + 1));
  assert.ok(all.every((x) => x.salt && x.content));
  await bad([400, 'E_INVALID', 'cursor'], 'GET', '/api/v1/ledger?cursor=x');
  await bad([400, 'E_INVALID', 'cursor'], 'GET', '/api/v1/ledger/entries?cursor=0');
  await bad([400, 'E_INVALID', 'entry'], 'GET', '/api/v1/ledger/proof/first');
  await bad([404, 'E_NOT_FOUND', 'entry'], 'GET', '/api/v1/ledger/proof/dec_0000000000001');
  await bad([400, 'E_RANGE', 'since'], 'GET', '/api/v1/ledger/proof/1?since=99999');
});

test('a certificate of consent', async () => {
  const shown = await ok('POST', '/api/v1/consents/show', { phone: person(1) });
  const certified = await ok('POST', '/api/v1/consents/certificate', { phone: '333 123 4501' });
  assert.equal(certified.person.id, shown.person);
  assert.equal(certified.acts.length, shown.consents.length);
  await bad([404, 'E_NOT_FOUND'], 'POST', '/api/v1/consents/certificate', { phone: '+393331239999' });
  await bad([400, 'E_INVALID', 'format'], 'POST', '/api/v1/consents/certificate', { phone: person(1), format: 'doc' });
});

test('status', async () => {
  const quiet = await ok('GET', '/api/v1/status');
  assert.deepEqual([quiet.mode, quiet.ready, quiet.upstream.answers, quiet.clock.skew_ms], ['enforce', true, null, null]);
  assert.deepEqual(quiet.counts, { accounts: 1, numbers: 1, templates: 4, integrations: 2 });
  assert.deepEqual([quiet.queues.held, quiet.queues.unknown], [0, 0]);
  const asked = await ok('GET', '/api/v1/status?check_upstream=true');
  assert.equal(asked.upstream.answers, true);
  assert.equal(typeof asked.clock.skew_ms, 'number');
  await bad([400, 'E_INVALID', 'check_upstream'], 'GET', '/api/v1/status?check_upstream=please');
});

test('what a person may ask for', async () => {
  const [told, gone, sealed, nobody] = [90, 91, 92, 93].map(person);
  for (const phone of [told, gone, sealed]) {
    await ok('POST', '/api/v1/consents', { phone, purpose: 'utility', evidence: 'form', text: 'Sì' });
  }
  const record = await ok('POST', '/api/v1/consents/dsar', { phone: told, identity: 'identity card' });
  assert.deepEqual([record.format, record.phone, record.consents[0].text], ['varco-dsar/1', told, 'Sì']);
  await bad([404, 'E_NOT_FOUND'], 'POST', '/api/v1/consents/dsar', { phone: nobody });
  await bad([400, 'E_INVALID', 'identity'], 'POST', '/api/v1/consents/dsar', { phone: told, identity: `called from ${told}` });
  await bad([400, 'E_INVALID', 'phone'], 'POST', '/api/v1/consents/dsar', {});

  await bad([400, 'E_INVALID', 'yes'], 'POST', '/api/v1/consents/erase', { phone: gone });
  await bad([400, 'E_INVALID', 'yes'], 'POST', '/api/v1/consents/erase', { phone: gone, yes: false });
  await bad([400, 'E_INVALID', 'ground'], 'POST', '/api/v1/consents/erase', { phone: gone, yes: true, ground: 'gdpr.18' });
  await bad([400, 'E_INVALID', 'reason'], 'POST', '/api/v1/consents/erase', { phone: gone, yes: true, reason: 'x@shop.example' });
  await bad([400, 'E_RANGE', 'reason'], 'POST', '/api/v1/consents/erase', { phone: gone, yes: true, reason: 'x'.repeat(201) });
  const erased = await ok('POST', '/api/v1/consents/erase', { phone: gone, yes: true, ground: 'gdpr.17.1.c' });
  assert.deepEqual([erased.category, erased.ground, erased.consents, erased.restriction], ['person', 'gdpr.17.1.c', 1, null]);
  await bad([404, 'E_NOT_FOUND'], 'POST', '/api/v1/consents/erase', { phone: gone, yes: true });
  await bad([400, 'E_INVALID', 'evidence'], 'POST', '/api/v1/consents', { phone: gone, purpose: 'all', evidence: 'form' });

  const restrict = (more) => ['POST', '/api/v1/consents/restrict', { phone: sealed, reason: 'claim', yes: true, ...more }];
  await bad([400, 'E_INVALID', 'reason'], ...restrict({ reason: undefined }));
  await bad([400, 'E_RANGE', 'until'], ...restrict({ until: '2020-01-01T00:00:00Z' }));
  const { restriction, until } = await ok(...restrict({ until: '2099-01-01T00:00:00Z' }));
  assert.equal(until, '2099-01-01T00:00:00Z');
  assert.deepEqual((await ok('GET', '/api/v1/consents/restrictions')).items.map((x) => x.id), [restriction]);
  await bad([400, 'E_INVALID', 'cursor'], 'GET', '/api/v1/consents/restrictions?cursor=x');
  const open = (id, reason) => ['POST', `/api/v1/consents/restrictions/${id}/open`, { reason }];
  await bad([400, 'E_INVALID', 'reason'], ...open(restriction));
  await bad([400, 'E_INVALID', 'id'], ...open('x', 'defence'));
  await bad([404, 'E_NOT_FOUND', 'id'], ...open('res_0c5gq3hr8v2zk', 'defence'));
  assert.equal((await ok(...open(restriction, 'defence'))).record.phone, sealed);
});

test('no operation was left out, neither its good side nor its bad one', () => {
  const table = Object.entries(description.paths).filter(([path]) => path.startsWith('/api/v1/'))
    .flatMap(([, item]) => Object.values(item).map((operation) => operation.operationId));
  assert.ok(table.length > 35);
  for (const id of table) {
    const seen = exercised.get(id) ?? [];
    assert.ok(seen.includes(200), `${id} was never seen to work`);
    assert.ok(seen.some((status) => status >= 400), `${id} was never seen to refuse`);
  }
});
