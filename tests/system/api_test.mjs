// dev: long
// The public API from outside: every operation of /api/openapi.json with good and with bad input. Each answer is held
// against the schema that the description gives for it, member by member; at the end no operation may be left over.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CLIENT, providerEnv, startProvider } from './lib/oidc_provider.mjs';
import { anyDiskEnv, packFor, request, scratch, sign, startProcess, until, varcoBin } from './lib/varco.mjs';

const WABA = '900800700';
const NUMBER = '100200300';
const SECRET = 'app-secret-of-the-tests';
const person = (n) => `+3933312345${String(n).padStart(2, '0')}`;
const definition = (name, extra) => ({
  name, language: 'it', category: 'UTILITY', status: 'APPROVED',
  components: [{ type: 'BODY', text: 'Il tuo ordine {{1}} è partito.', example: { body_text: [['7']] } }], ...extra,
});

let gateway, provider, graph, token, description, state;
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
  const whole = typeOf(value) === 'integer' && types.includes('number');
  if (types.length && !whole && !types.includes(typeOf(value))) return [`${at}: ${typeOf(value)} is not ${types}`];
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

// --- a gateway on a state directory of its own ---

const serveOn = (folder) => startProcess(['serve'], {
  env: {
    VARCO_SERVER_LISTEN: '127.0.0.1:0', VARCO_SERVER_STATE_DIR: folder, VARCO_UPSTREAM_BASE_URL: graph.url,
    VARCO_POLICY_MODE: 'enforce', ...anyDiskEnv, VARCO_POLICY_PACK: packFor({ night: true }), ...providerEnv(provider, join(state, 'oidc.secret')),
  },
});

before(async () => {
  graph = await startGraph();
  state = scratch('api');
  provider = await startProvider();
  writeFileSync(join(state, 'oidc.secret'), CLIENT.secret, { mode: 0o600 });
  gateway = await serveOn(state);
  token = readFileSync(join(state, 'admin.token'), 'utf8').trim();
  description = (await request(`${gateway.url}/api/openapi.json`)).json();
});

after(async () => {
  await gateway?.stop();
  await graph?.close();
  await provider?.stop();
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
  for (const path of ['/healthz', '/readyz', '/metrics', '/media/x', '/api/openapi.json']) {
    const refused = await request(gateway.url + path, { method: 'POST' });
    assert.deepEqual([refused.status, /GET/.test(refused.headers.allow)], [405, true], path);
  }
  const headers = { authorization: `Bearer ${token}` };
  for (const path of ['/healthz', '/metrics', '/api/v1/accounts', '/api/v1/decisions?limit=1', '/api/openapi.json']) {
    const got = await request(gateway.url + path, { headers });
    const head = await request(gateway.url + path, { method: 'HEAD', headers });
    assert.deepEqual([head.status, head.headers['content-type'], head.text], [got.status, got.headers['content-type'], ''], path);
  }
  const wrong = await request(`${gateway.url}/v25.0/${NUMBER}/messages`);
  assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'POST']);
  const r = await bad([405, 'E_UNSUPPORTED'], 'PUT', `/api/v1/accounts/${WABA}`);
  assert.deepEqual(r.headers.allow.split(', ').sort(), ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST']);
  const posted = await request(`${gateway.url}/api/openapi.json`, { method: 'POST', body: {} });
  assert.deepEqual([posted.status, posted.headers['content-type'], posted.headers.allow], [405, 'application/problem+json', 'GET, HEAD']);
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
  assert.deepEqual({ ...back, changes: added.changes }, { ...added, limit_operator: 2000 });
  assert.deepEqual(added.standing, {
    step: 'fine', sentence: 'Meta has nothing against this account.', word: null, until: null, may_begin: true, may_reply: true,
  });
  assert.deepEqual([set.standing.step, set.standing.may_begin, set.standing.may_reply], ['locked', false, false]);
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

test('changes', async () => {
  const told = ({ items }) => items.map((x) => [x.object, x.field, x.before, x.after, x.source]);
  const account = `waba:${WABA}`;
  assert.deepEqual(told(await ok('GET', `/api/v1/changes?object=${account}`)), [
    [account, 'payment', 'blocked', 'ok', 'operator'], [account, 'state', 'locked', 'active', 'operator'],
    [account, 'payment', 'ok', 'blocked', 'operator'], [account, 'state', 'active', 'locked', 'operator'],
    [account, 'payment', null, 'ok', 'operator'], [account, 'state', null, 'active', 'operator'],
  ]);
  const { items } = await ok('GET', '/api/v1/changes?object=portfolio:700600500');
  assert.deepEqual(items.map((x) => [x.field, x.before, x.after]), [
    ['limit', 'unlimited', '2000'], ['limit', '2000', 'unlimited'], ['limit', null, '2000'],
  ]);
  assert.deepEqual(items, (await ok('GET', '/api/v1/changes?object=portfolio')).items.filter((x) => /700600500/.test(x.object)));
  const page = await ok('GET', `/api/v1/changes?object=${account}&limit=4`);
  const rest = await ok('GET', `/api/v1/changes?object=${account}&limit=4&cursor=${page.next}`);
  assert.deepEqual([page.items.length, rest.items.length, rest.next], [4, 2, null]);
  assert.deepEqual((await ok('GET', '/api/v1/changes?since=2099-01-01T00:00:00Z')).items, []);
  assert.deepEqual((await ok('GET', '/api/v1/changes?until=2020-01-01T00:00:00Z')).items, []);
  await bad([400, 'E_INVALID', 'object'], 'GET', '/api/v1/changes?object=person:1');
  await bad([400, 'E_INVALID', 'cursor'], 'GET', '/api/v1/changes?cursor=x');
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
  await bad([400, 'E_INVALID', 'quality'], 'PATCH', `/api/v1/numbers/${NUMBER}`, { quality: 'foo' });
  await bad([400, 'E_RANGE', 'throughput'], 'PATCH', `/api/v1/numbers/${NUMBER}`, { throughput: 0 });
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/numbers/1', { throughput: 10 });
  await bad([409, 'E_CONFLICT', 'waba'], 'DELETE', `/api/v1/accounts/${WABA}`);
  const full = await ok('GET', `/api/v1/numbers/${NUMBER}/budget`);
  assert.deepEqual(full.portfolio, {
    id: '700600500', limit: 2000, marketing: 1600, used: 0, reserved: 0, kept: 400, next_level: 10000, sent_7d: 0,
  });
  assert.deepEqual([full.left, full.warmup], [1600, null]);
  const small = await ok('GET', '/api/v1/numbers/100200301/budget');
  assert.equal(small.left, 5); // 15 % of 20 in an hour is 3, and never fewer than 5
  assert.deepEqual([small.warmup.phase, small.warmup.day, small.warmup.cap, small.warmup.next_cap], ['ramp', 1, 20, 30]);
  assert.ok(small.why.includes('The number is young: today is day 1 of its warm-up, and it may reach 20 people; it has reached 0.'));
  assert.ok(small.why.includes('In any minute it may reach 2 people; in the last one it has reached 0.'));
  assert.ok(small.why.includes('On these days only people may be written to who wrote or agreed a short time ago.'));
  assert.deepEqual(small.warmup.plan.slice(0, 3), [{ day: 1, cap: 20 }, { day: 2, cap: 30 }, { day: 3, cap: 45 }]);
  assert.equal(small.warmup.plan.at(-1).cap, 2000); // what the portfolio allows
  assert.deepEqual([small.days.length, small.days[0].sent], [28, 0]);
  assert.deepEqual(full.history, { sent_24h: 0, highest: 0, most_today: null });
  const { paused: [{ id: scope }] } = await ok('POST', '/api/v1/numbers/100200301/pause', { purpose: 'marketing', reason: 'Prova' });
  const stopped = await ok('GET', '/api/v1/numbers/100200301/budget');
  assert.deepEqual([scope, stopped.left, stopped.why[0]], ['100200301', 0, 'marketing is paused by operator.']);
  await ok('POST', '/api/v1/numbers/100200301/resume', {});
  assert.ok(small.to_get_more.some((x) => /Reach at least half/.test(x)), small.to_get_more.join());
  for (const sentence of [...small.why, ...small.to_get_more, ...full.why]) assert.match(sentence, /^[A-Z"].*\.$/);
  const inItalian = await ok('GET', '/api/v1/numbers/100200301/budget', undefined, { 'Accept-Language': 'it' });
  assert.match(inItalian.why.join(' '), /Il numero è giovane: oggi è il giorno 1/);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/numbers/1/budget');
  const override = { warmup_cap: 500, by: 'Marta Neri', reason: 'Meta ha confermato il volume' };
  const wider = await ok('PATCH', '/api/v1/numbers/100200301', override);
  assert.equal(wider.warmup.cap, 500);
  assert.deepEqual(wider.changes.find((x) => x.field === 'warmup_phase').words, 'Meta ha confermato il volume');
  await bad([400, 'E_INVALID', 'by'], 'PATCH', '/api/v1/numbers/100200301', { ...override, by: undefined });
  await bad([400, 'E_INVALID', 'reason'], 'PATCH', '/api/v1/numbers/100200301', { ...override, reason: undefined });
  await bad([400, 'E_INVALID', 'warmup_cap'], 'PATCH', '/api/v1/numbers/100200301', { by: 'Marta Neri', reason: 'Prova' });
  await bad([400, 'E_RANGE', 'warmup_cap'], 'PATCH', '/api/v1/numbers/100200301', { ...override, warmup_cap: 0 });
  await ok('DELETE', '/api/v1/numbers/100200301');
  await bad([404, 'E_NOT_FOUND', 'id'], 'DELETE', '/api/v1/numbers/100200301');
});

test('pauses', async () => {
  const path = `/api/v1/numbers/${NUMBER}`;
  const began = Date.now();
  await bad([400, 'E_INVALID', 'reason'], 'POST', `${path}/pause`, { purpose: 'marketing', reason: ' ' });
  const paused = await ok('POST', `${path}/pause`, { purpose: 'marketing', reason: 'Lamentele', for: '24h' });
  const [pause] = paused.paused;
  assert.deepEqual([pause.scope, pause.purpose, pause.by, pause.reason], ['number', 'marketing', 'operator', 'Lamentele']);
  const left = Date.parse(pause.until) - began;
  assert.ok(left >= 86400000 && left < 86400000 + 600000);
  await ok('POST', `${path}/pause`, { purpose: 'utility', reason: 'Prova', by: 'Marta Neri', until: '2099-01-01T00:00:00Z' });
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
  await bad([400, 'E_RANGE', 'until'], 'POST', `${path}/pause`, { ...good, until: '2020-01-01T00:00:00Z' });
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
  const signals = await ok('GET', `/api/v1/signals?scope=number&id=${scope.id}`);
  assert.ok(signals.items.length >= 7 && signals.items.every((x) => x.level === 'ok' && x.means), JSON.stringify(signals));
  assert.deepEqual(signals.items.filter((x) => x.proxy).map((x) => x.signal), ['only_sent_48h', 'complaints']);
  await bad([400, 'E_INVALID', 'scope'], 'GET', '/api/v1/signals?scope=town&id=1');
  const spring = { scope: 'campaign', id: 'spring' };
  const added = await ok('POST', '/api/v1/pauses', { ...spring, ...good, by: 'Marta Neri', for: '1h' });
  assert.deepEqual(added.items.map((x) => [x.scope, x.id, x.by, x.percent]), [['campaign', 'spring', 'Marta Neri', 0]]);
  await bad([400, 'E_INVALID', 'scope'], 'POST', '/api/v1/pauses', { ...spring, ...good, scope: 'town' });
  await bad([400, 'E_INVALID', 'reason'], 'POST', '/api/v1/pauses', { ...spring, purpose: 'marketing' });
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/pauses', { ...spring, ...good, scope: 'number' });
  await bad([400, 'E_INVALID', 'reason'], 'POST', '/api/v1/pauses/resume', { ...spring, full: true });
  assert.deepEqual((await ok('POST', '/api/v1/pauses/resume', { ...spring, full: true, reason: 'Prova' })).items, []);
});

// --- templates ---

test('e-mail notices', async () => {
  const eml = (text) => Buffer.from(`From: Meta <noreply@facebookmail.com>\r\nSubject: Policy violation\r\n\r\n${text}\r\n`)
    .toString('base64');
  const path = '/api/v1/notices';
  const dry = await ok('POST', path, { files: [eml('Case number: 12345')], dry_run: true });
  assert.deepEqual(dry.items.map((x) => [x.id, x.kind, x.reference]), [[null, 'warning', '12345']]);
  const { items: [kept] } = await ok('POST', path, { files: [eml('Case number: 12345')] });
  assert.deepEqual((await ok('GET', path)).items.map((x) => x.id), [kept.id]);
  await bad([400, 'E_INVALID', 'files'], 'POST', path, { files: [Buffer.from('hello').toString('base64')] });
  await bad([400, 'E_INVALID', 'files'], 'POST', path, { files: [] });
  await bad([400, 'E_INVALID', 'files'], 'POST', path, {});
  await bad([413, 'E_TOO_LARGE', 'files'], 'POST', path, { files: [Buffer.alloc(3 << 20, 'a').toString('base64')] });
  await bad([400, 'E_INVALID', 'cursor'], 'GET', `${path}?cursor=x`);
  await bad([400, 'E_RANGE', 'limit'], 'GET', `${path}?limit=0`);
});

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
  const offer = await ok('POST', '/api/v1/templates/lint', {
    file: { ...definition('offer'), components: [{ type: 'BODY', text: 'Saldi: 20% di sconto su tutto fino a domenica, approfittane!' }] },
  });
  assert.deepEqual([offer.ok, offer.errors, offer.warnings], [false, 0, 1]);
  const [misfit] = offer.items[0].problems;
  assert.deepEqual([misfit.rule, misfit.level, misfit.class], ['template.category', 'warning', 'promotion']);
  assert.ok(misfit.score >= 6 && /saldi/i.test(misfit.words) && misfit.message.includes(`${misfit.score} points`));
  assert.deepEqual(offer.items[0].category_fit.scores.map((x) => x.class), ['code', 'promotion']);
  const account = await ok('POST', '/api/v1/templates/lint', { waba: WABA });
  assert.ok(account.items.length > 0 && account.items.every((x) => x.name && x.problems));
  const beside = await ok('POST', '/api/v1/templates/lint', { waba: WABA, sender: 'Bottega Esempio', file: definition('beside') });
  assert.deepEqual(beside.items[0].problems.filter((x) => x.level === 'error'), []);
  await bad([400, 'E_INVALID', 'waba'], 'POST', '/api/v1/templates/lint', { waba: '1' });
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
  const set = await ok('PATCH', '/api/v1/integrations/other', { status: 'suspended', categories: 'utility', webhook: '' });
  assert.deepEqual([set.status, set.categories, set.webhook], ['suspended', ['utility'], null]);
  await bad([409, 'E_CONFLICT', 'name'], 'PATCH', '/api/v1/integrations/other', { name: 'crm' });
  await bad([404, 'E_NOT_FOUND', 'id'], 'PATCH', '/api/v1/integrations/nobody', { name: 'x' });
  await ok('POST', '/api/v1/integrations/other', { status: 'active' });
  await bad([400, 'E_INVALID', 'status'], 'POST', '/api/v1/integrations/other', { status: 'asleep' });
  assert.equal((await ok('POST', '/api/v1/integrations/other/revoke')).status, 'revoked');
  await bad([409, 'E_CONFLICT', 'status'], 'POST', '/api/v1/integrations/other/rotate');
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
    channel: 'shop', how: 'box ticked', text_version: '3', language: 'it', notice_version: '2026-10', notice_url: 'https://shop.example/privacy',
    terms_version: '7', terms_url: 'https://shop.example/terms',
  };
  const pdf = Buffer.from('%PDF-1.7 modulo');
  await bad([404, 'E_NOT_FOUND'], 'POST', '/api/v1/consents/evidence', { phone });
  const act = { phone, purpose: 'marketing', evidence: 'signed', text: 'Sì', source: 'negozio', attachments: [pdf.toString('base64')], ...known };
  for (const [field, value, status = 400, code = 'E_INVALID'] of [
    ['notice_url', 'ftp://shop.example'], ['terms_url', 'http://shop.example'], ['channel', ' '], ['how', '\u0007'],
    ['text_version', 'k'.repeat(101), 413, 'E_TOO_LARGE'], ['language', 'the Italian'], ['attachments', 'a'], ['attachments', ['?']], ['attachments', ['aGk=']],
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
  await bad([400, 'E_INVALID', 'template'], 'POST', '/api/v1/requests', { ...ask, template: 'confirm_offers' });
  await ok('DELETE', `/api/v1/templates/${WABA}/confirm_offers/it`);
  await ok('POST', '/api/v1/templates', { waba: WABA, file: {
    name: 'confirm_offers', language: 'it', category: 'UTILITY', status: 'APPROVED', components: [
      { type: 'BODY', text: 'Vuoi le offerte?' },
      { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Sì' }, { type: 'QUICK_REPLY', text: 'No' }] },
    ] } });
  // Neither refused nor gone out meanwhile, it stays open.
  await ok('POST', '/api/v1/consents', { phone: ask.phone, purpose: 'utility', evidence: 'form', text: 'Sì' });
  await ok('POST', `/api/v1/numbers/${NUMBER}/pause`, { purpose: 'all', reason: 'Prova' });
  const made = await ok('POST', '/api/v1/requests', { ...ask, template: 'confirm_offers' });
  assert.deepEqual([made.state, made.text, made.leaf], ['pending', 'Vuoi le offerte?', null]);
  await bad([409, 'E_CONFLICT'], 'POST', '/api/v1/requests', { ...ask, template: 'confirm_offers' });
  assert.equal((await ok('GET', `/api/v1/requests/${made.id}`)).id, made.id);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/requests/req_0000000000000');
  assert.equal((await ok('GET', '/api/v1/requests?state=pending')).items.length, 1);
  await bad([400, 'E_INVALID', 'state'], 'GET', '/api/v1/requests?state=lost');
  assert.equal((await ok('POST', `/api/v1/requests/${made.id}/cancel`, {})).state, 'withdrawn');
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/requests/x/cancel', {});
  await ok('POST', `/api/v1/numbers/${NUMBER}/resume`, { purpose: 'all' });
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
    await bad([400, 'E_INVALID', 'id'], 'POST', `/api/v1/stops/${verb}`, { reason: 'prova' });
    await bad([400, 'E_INVALID', 'id'], 'POST', `/api/v1/stops/${verb}`, { id: 'x', reason: 'prova' });
    await bad([404, 'E_NOT_FOUND', 'id'], 'POST', `/api/v1/stops/${verb}`, { id: 'stp_0000000000001', reason: 'prova' });
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
  assert.match(await fileOf('/api/v1/consents/export?format=xlsx'), /^PK\x03\x04/);
  await bad([400, 'E_INVALID', 'limit'], 'GET', '/api/v1/consents/export?format=xlsx&limit=2');
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
  const { ladder, ...whole } = await ok('GET', `/api/v1/decisions/${d.decision}`);
  assert.deepEqual(whole, d);
  assert.ok(ladder.length > 40);
  assert.deepEqual(ladder.map((x) => x.number), ladder.map((x) => x.number).sort((a, b) => a - b));
  assert.deepEqual(ladder.filter((x) => !['passed', 'warn'].includes(x.verdict)).map((x) => [x.id, x.verdict]), [['consent.withdrawn', 'refuse']]);
  for (const [filter, n] of [[`person=${d.person}&rule=consent.withdrawn`, 1], ['verdict=refuse&rule=consent.withdrawn', 1],
    ['verdict=allow&rule=consent.withdrawn', 0], [`until=${d.at}&rule=consent.withdrawn`, 0], ['campaign=nobody', 0], ['wamid=wamid.NOTOURS', 0],
    [`template=${encodeURIComponent(d.template)}&rule=consent.withdrawn`, 1], [`template=${d.template.split('/')[0]}&rule=consent.withdrawn`, 1], ['template=nothing', 0]])
    assert.equal((await ok('GET', `/api/v1/decisions?${filter}`)).items.length, n, filter);
  await bad([400, 'E_INVALID', 'verdict'], 'GET', '/api/v1/decisions?verdict=maybe');
  await bad([400, 'E_INVALID', 'person'], 'GET', '/api/v1/decisions?person=Anna');
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

test('a decision is taken again, and nothing comes of it', async () => {
  const simulate = (body) => ok('POST', '/api/v1/decisions/simulate', body);
  const [d] = (await ok('GET', '/api/v1/decisions?state=refused&rule=consent.withdrawn')).items;
  // What a pause held, and nothing holds any more, is judged again by itself.
  await until(async () => !(await ok('GET', '/api/v1/decisions?state=held&rule=account.paused')).items.length);
  const before = await ok('GET', '/api/v1/decisions?limit=1000');
  const { items: [entry] } = await ok('GET', '/api/v1/ledger?limit=1');
  const again = await simulate({ decision: d.decision });
  assert.deepEqual([again.decision, again.was, again.verdict, again.rules, again.words_known], [d.decision, 'refuse', 'refuse', ['consent.withdrawn'], false]);
  assert.equal(again.ladder.find((x) => x.id === 'consent.withdrawn').verdict, 'refuse');
  const consents = [{ purpose: 'all', act: 'grant', at: '2026-01-10T09:00:00Z', evidence: 'form' }];
  const agreed = await simulate({ decision: d.decision, facts_file: JSON.stringify({ person: { consents } }) });
  assert.deepEqual([agreed.verdict, agreed.rules], ['allow', []]);
  const body = { messaging_product: 'whatsapp', to: person(99), type: 'text', text: { body: 'Ciao' } };
  const free = await simulate({ app: d.app, number: NUMBER, file: JSON.stringify(body) });
  assert.deepEqual([free.decision, free.was, free.verdict, free.rules, free.words_known], [null, null, 'refuse', ['window.closed'], true]);
  const facts = { person: { last_inbound_at: '2030-06-01T09:00:00Z' } };
  const later = await simulate({ app: d.app, number: NUMBER, file: JSON.stringify(body), facts_file: JSON.stringify(facts), at: '2030-06-01T10:00:00Z' });
  assert.deepEqual([later.at, later.window_open], ['2030-06-01T10:00:00Z', true]);
  assert.deepEqual((await simulate({ number: NUMBER, file: JSON.stringify(body) })).rules, ['app.unknown']);
  assert.deepEqual(await ok('GET', '/api/v1/decisions?limit=1000'), before);
  assert.deepEqual((await ok('GET', '/api/v1/ledger?limit=1')).items, [entry]);
  await bad([404, 'E_NOT_FOUND'], 'POST', '/api/v1/people/find', { phone: person(99) });
  const refuse = (field, asked) => bad([400, 'E_INVALID', field], 'POST', '/api/v1/decisions/simulate', asked);
  await refuse('number', {});
  await refuse('file', { number: NUMBER });
  await refuse('file', { number: NUMBER, file: '[1]' });
  await refuse('facts_file', { decision: d.decision, facts_file: 'Anna' });
  await refuse('facts.person.age', { decision: d.decision, facts_file: '{"person":{"age":7}}' });
  await bad([404, 'E_NOT_FOUND', 'decision'], 'POST', '/api/v1/decisions/simulate', { decision: 'dec_0000000000001' });
});

test('one person', async () => {
  const found = await ok('POST', '/api/v1/people/find', { phone: '333 123 4501' });
  assert.equal(found.phone, '+39 333 •••01');
  assert.deepEqual(await ok('GET', `/api/v1/people/${found.person}`), found);
  const { consents } = await ok('POST', '/api/v1/consents/evidence', { person: found.person });
  assert.deepEqual(found.consents, consents);
  const newest = consents.filter((x) => ['all', 'marketing'].includes(x.purpose)).at(-1);
  assert.deepEqual(found.in_force.find((x) => x.purpose === 'marketing').act, newest.act);
  const withdrawn = await ok('POST', '/api/v1/consents/withdraw', { person: found.person, purpose: 'marketing', source: 'telefono' });
  assert.deepEqual([withdrawn.phone, withdrawn.consents.at(-1).act], [person(1), 'withdraw']);
  assert.deepEqual((await ok('GET', `/api/v1/people/${found.person}`)).in_force[0].act, 'withdraw');
  assert.equal((await ok('POST', '/api/v1/consents/certificate', { person: found.person })).person.id, found.person);
  const bsuid = await ok('POST', '/api/v1/people/find', { bsuid: 'IT.1A2b3C4d5E' });
  assert.deepEqual([bsuid.phone, (await ok('POST', '/api/v1/consents/show', { person: bsuid.person })).bsuid], [null, 'IT.1A2b3C4d5E']);
  await bad([400, 'E_INVALID', 'phone'], 'POST', '/api/v1/people/find', {});
  await bad([404, 'E_NOT_FOUND'], 'GET', '/api/v1/people/per_0000000000001');
  await bad([404, 'E_NOT_FOUND'], 'GET', '/api/v1/people/Anna');
  await bad([400, 'E_INVALID', 'person'], 'POST', '/api/v1/consents/show', { person: 'Anna' });
  await bad([404, 'E_NOT_FOUND', 'person'], 'POST', '/api/v1/consents/show', { person: 'per_0000000000001' });
});

test('the overview', async () => {
  const all = await ok('GET', '/api/v1/overview?since=2026-01-01T00:00:00Z');
  const own = all.portfolios.find((x) => x.portfolio === '700600500');
  assert.deepEqual([own.limit, own.marketing], [2000, 1600]);
  assert.ok(own.numbers.some((x) => x.number === NUMBER));
  assert.equal(all.reasons.rules.find((x) => x.rule === 'consent.withdrawn').decisions, 1);
  assert.equal(all.reasons.looked_at, all.reasons.allowed + all.reasons.held + all.reasons.refused);
  assert.ok(all.reasons.all);
  const none = await ok('GET', '/api/v1/overview?since=2099-01-01T00:00:00Z');
  assert.deepEqual([none.reasons.looked_at, none.reasons.rules], [0, []]);
  assert.equal((await ok('GET', '/api/v1/overview')).since.slice(14), '00:00Z');
  await bad([400, 'E_INVALID', 'since'], 'GET', '/api/v1/overview?since=yesterday');
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
  assert.deepEqual(items.map((x) => [x.kind, x.scope, x.severity]), [['bypass.detected', NUMBER, 'act']]);
  assert.match(items[0].todo, /change the token/);
  const { items: hours } = await ok('GET', '/api/v1/bypasses');
  assert.deepEqual(hours.map((x) => [x.number, x.kind, x.messages]), [[NUMBER, 'unknown', 1]]);
  await bad([400, 'E_RANGE', 'limit'], 'GET', '/api/v1/bypasses?limit=0');
  assert.deepEqual((await ok('GET', '/api/v1/alarms?kind=other')).items, []);
  const [{ portfolio }] = (await ok('GET', '/api/v1/accounts')).items;
  for (const list of ['alarms', 'incidents', 'stops', 'integrations', 'decisions']) {
    await ok('GET', `/api/v1/${list}?portfolio=${portfolio}&limit=1`);
    await bad([404, 'E_NOT_FOUND', 'portfolio'], 'GET', `/api/v1/${list}?portfolio=404`);
  }
  await bad([400, 'E_INVALID', 'cursor'], 'GET', '/api/v1/alarms?cursor=1');
});

test('the ledger', async () => {
  const { items: newest, next } = await ok('GET', '/api/v1/ledger?limit=5');
  assert.equal(newest.length, 5);
  const { items: before } = await ok('GET', `/api/v1/ledger?limit=5&cursor=${next}`);
  assert.equal(before.at(-1).seq + 1, newest[0].seq);
  await bad([404, 'E_NOT_FOUND', 'entry'], 'GET', '/api/v1/ledger/proof/99999999');
  const point = await ok('POST', '/api/v1/ledger/checkpoint');
  // What waits is looked at anew by itself, and leaves an entry each time.
  const { items: newer } = await ok('GET', '/api/v1/ledger?limit=1');
  assert.ok(point.size >= newest[4].seq && point.size <= newer[0].seq, `${point.size}`);
  await bad([400, 'E_INVALID', 'size'], 'POST', '/api/v1/ledger/checkpoint', { size: 7 });
  const before_check = await ok('GET', '/api/v1/ledger/state');
  assert.equal(before_check.checked, null);
  const checked = await ok('POST', '/api/v1/ledger/check');
  assert.ok(checked.checked.sound && checked.checked.entries >= point.size && checked.checked.covered === point.size);
  assert.equal(checked.checkpoint.checkpoint, point.checkpoint);
  assert.deepEqual((await ok('GET', '/api/v1/ledger/state')).checked, checked.checked);
  await bad([400, 'E_INVALID', 'deep'], 'POST', '/api/v1/ledger/check', { deep: true });
  await bad([400, 'E_INVALID', 'deep'], 'GET', '/api/v1/ledger/state?deep=true');
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

const scanReport = (findings, at = new Date().toISOString()) => JSON.stringify({
  tool: { name: 'varco', version: '0.1.0' }, catalogue: { version: '2026.11.22', rows: 455 }, roots: ['.'], at,
  files: 3, bytes: 100, coverage: { complete: true }, verdict: findings.length ? 'unofficial' : 'clean', findings,
});

test('scans and the rest of the register', async () => {
  const finding = {
    id: 'npm.baileys', title: 'Baileys', verdict: 'unofficial', confidence: 0.98, place: 'manifest', root: 0, path: 'bot/package.json',
    line: 3, column: 1, match: 'baileys', why: 'w', replacement: 'r', fingerprint: '0123456789abcdef0123456789abcdef',
  };
  await bad([400, 'E_INVALID', 'name', /name/], 'POST', '/api/v1/scans', { file: scanReport([finding]) });
  await bad([400, 'E_INVALID', 'file'], 'POST', '/api/v1/scans', { file: '{', name: 'shop' });
  await bad([400, 'E_INVALID', 'findings', /fingerprint/], 'POST', '/api/v1/scans', { file: scanReport([{ ...finding, fingerprint: 'x' }]), name: 'shop' });
  const done = await ok('POST', '/api/v1/scans', { file: scanReport([finding]), name: 'shop' });
  assert.equal(done.entered, 1);
  const { items: [scan] } = await ok('GET', '/api/v1/scans?limit=1');
  assert.equal(scan.id, done.scan);
  assert.deepEqual(await ok('GET', `/api/v1/scans/${scan.id}`), scan);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/scans/scn_0');
  const { items: [told], next } = await ok('GET', `/api/v1/scans/${scan.id}/findings?verdict=unofficial`);
  assert.deepEqual([told.row, told.path, told.line, told.match, told.root, next], ['npm.baileys', 'bot/package.json', 3, 'baileys', 'shop', null]);
  assert.deepEqual((await ok('GET', `/api/v1/scans/${scan.id}/findings?verdict=official`)).items, []);
  assert.deepEqual((await ok('GET', `/api/v1/scans/${scan.id}/findings?cursor=1`)).items, []);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/scans/scn_0/findings');
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/scans/scn_0000000000001/findings');
  await bad([400, 'E_INVALID', 'verdict'], 'GET', `/api/v1/scans/${scan.id}/findings?verdict=bad`);
  await bad([400, 'E_INVALID', 'cursor'], 'GET', `/api/v1/scans/${scan.id}/findings?cursor=x`);
  await bad([400, 'E_INVALID', 'cursor'], 'GET', '/api/v1/scans?cursor=1');
  const found = await ok('GET', '/api/v1/integrations/Baileys%20(shop%2Fbot)');
  assert.equal(found.state, 'open');
  assert.equal(told.integration, found.id);
  assert.deepEqual(found.gaps, ['owner']);
  await bad([409, 'E_CONFLICT', 'state'], 'PATCH', `/api/v1/integrations/${found.id}`, { state: 'removed' });
  await bad([400, 'E_INVALID', 'id'], 'POST', `/api/v1/integrations/${found.id}/rotate`);
  const gone = await ok('POST', '/api/v1/scans', { file: scanReport([], new Date(Date.now() + 1000).toISOString()), name: 'shop' });
  assert.equal(gone.removed, 1);
  const { items } = await ok('GET', `/api/v1/integrations/${found.id}/history`);
  assert.deepEqual(items.map((x) => x.changed.state), [[null, 'open'], ['open', 'removed']]);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/integrations/nobody/history');
  await bad([400, 'E_RANGE', 'until'], 'POST', `/api/v1/integrations/${found.id}/review`, { by: 'Carla Blu', until: '2020-01-01' });
  const reviewed = await ok('POST', `/api/v1/integrations/${found.id}/review`, { by: 'Carla Blu', until: '2099-01-01', outcome: 'gone' });
  assert.equal(reviewed.reviewed_by, 'Carla Blu');
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/integrations/nobody/review', { by: 'C', until: '2099-01-01' });
  const { items: all } = await ok('GET', '/api/v1/integrations/export');
  assert.ok(['Baileys (shop/bot)', 'crm', 'other'].every((name) => all.some((x) => x.name === name)));
  await bad([400, 'E_INVALID', 'format'], 'GET', '/api/v1/integrations/export?format=doc');
  await bad([400, 'E_INVALID', 'lang'], 'GET', '/api/v1/integrations/export?lang=de');
});

test('a certificate of consent', async () => {
  const shown = await ok('POST', '/api/v1/consents/show', { phone: person(1) });
  const certified = await ok('POST', '/api/v1/consents/certificate', { phone: '333 123 4501' });
  assert.equal(certified.person.id, shown.person);
  assert.equal(certified.acts.length, shown.consents.length);
  await bad([404, 'E_NOT_FOUND'], 'POST', '/api/v1/consents/certificate', { phone: '+393331239999' });
  await bad([400, 'E_INVALID', 'format'], 'POST', '/api/v1/consents/certificate', { phone: person(1), format: 'doc' });
});

test('incidents and dossiers', async () => {
  const nowhere = '/api/v1/incidents/inc_0c5gq3hr8v2zk';
  const opened = await ok('POST', '/api/v1/incidents', { scope: 'waba', object: WABA, kind: 'restricted', text: 'Notice by e-mail', by: 'Marta Neri' });
  assert.deepEqual([opened.kind, opened.state, opened.origin, opened.waba], ['restricted', 'open', 'operator', WABA]);
  const again = await ok('POST', '/api/v1/incidents', { scope: 'waba', object: WABA, kind: 'locked' });
  assert.deepEqual([again.id, again.kind], [opened.id, 'locked']);
  await bad([400, 'E_INVALID', 'scope'], 'POST', '/api/v1/incidents', { scope: 'shop', object: WABA });
  await bad([400, 'E_INVALID', 'kind'], 'POST', '/api/v1/incidents', { scope: 'waba', object: WABA, kind: 'rain' });
  await bad([404, 'E_NOT_FOUND', 'object'], 'POST', '/api/v1/incidents', { scope: 'number', object: '1' });

  assert.ok((await ok('GET', '/api/v1/incidents?under_way=true')).items.some((x) => x.id === opened.id));
  assert.equal((await ok('GET', '/api/v1/incidents?limit=1')).items.length, 1);
  await bad([400, 'E_INVALID', 'state'], 'GET', '/api/v1/incidents?state=lost');
  await bad([400, 'E_INVALID', 'cursor'], 'GET', '/api/v1/incidents?cursor=x');
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', nowhere);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/incidents/x');

  const at = `/api/v1/incidents/${opened.id}`;
  await ok('POST', `${at}/note`, { text: 'Campaigns stopped' });
  await bad([400, 'E_INVALID', 'text'], 'POST', `${at}/note`, {});
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', `${nowhere}/note`, { text: 'x' });
  await bad([400, 'E_INVALID', 'text'], 'POST', `${at}/evidence`, {});
  await bad([400, 'E_INVALID', 'attachments'], 'POST', `${at}/evidence`, { attachments: [Buffer.from('<html>').toString('base64')] });
  const pdf = Buffer.from('%PDF-1.7 the form');
  assert.equal((await ok('POST', `${at}/evidence`, { text: 'The form', attachments: [pdf.toString('base64')] })).state, 'evidence');
  const sha = createHash('sha256').update(pdf).digest('hex');
  assert.equal((await ok('GET', `/api/v1/attachments/${sha}`)).type, 'application/pdf');
  await bad([400, 'E_INVALID', 'outcome'], 'POST', `${at}/answer`, { outcome: 'maybe' });
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', `${nowhere}/submit`, {});
  assert.equal((await ok('POST', `${at}/submit`, { reference: 'CASE-17' })).state, 'submitted');
  assert.equal((await ok('GET', at)).reference, 'CASE-17');

  const dossier = (body, id = opened.id) => request(`${gateway.url}/api/v1/incidents/${id}/dossier`, {
    method: 'POST', body, headers: { Authorization: `Bearer ${token}` },
  });
  const file = await dossier({ seed: '00112233445566778899aabbccddeeff' });
  assert.equal(file.status, 200, file.text);
  assert.equal(file.headers['content-type'], 'application/zip');
  assert.match(file.headers['content-disposition'], /^attachment/);
  exercised.set('makeDossier', [200]);
  const looked = await ok('POST', `${at}/dossier`, { format: 'json' });
  assert.deepEqual([looked.incident.id, looked.personal_data, looked.population.seed], [opened.id, false, '00112233445566778899aabbccddeeff']);
  assert.ok([...looked.texts.en.review].length <= looked.lengths.review && [...looked.texts.it.ticket].length <= looked.lengths.ticket);
  assert.ok(looked.timeline.some((e) => e.correction && e.words === 'Campaigns stopped'));
  await bad([400, 'E_INVALID', 'format'], 'POST', `${at}/dossier`, { format: 'pdf' });
  await bad([400, 'E_INVALID', 'seed'], 'POST', `${at}/dossier`, { seed: 'random' });
  await bad([400, 'E_INVALID', 'personal_data'], 'POST', `${at}/dossier`, { personal_data: 'maybe' });
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', `${nowhere}/dossier`, {});

  assert.equal((await ok('POST', `${at}/answer`, { outcome: 'unchanged' })).outcome, 'unchanged');
  await bad([400, 'E_INVALID', 'lessons'], 'POST', `${at}/close`, {});
  assert.equal((await ok('POST', `${at}/close`, { lessons: 'None' })).state, 'closed');
  await bad([409, 'E_CONFLICT'], 'POST', `${at}/submit`, {});
});

test('what Meta took back is lifted', async () => {
  const path = `/api/v1/accounts/${WABA}`, reason = 'Caso 1234 presso Meta';
  const told = (value) => {
    const body = JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [{ id: WABA, time: Math.floor(Date.now() / 1000), changes: [{ field: 'account_update', value }] }],
    });
    return request(`${gateway.url}/webhooks/meta`, { method: 'POST', body, headers: { 'X-Hub-Signature-256': sign(SECRET, body) } });
  };
  // no word of an end: it has none
  assert.equal((await told({ event: 'ACCOUNT_RESTRICTION', restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING' }] })).status, 200);
  const before = await ok('GET', path);
  assert.deepEqual(before.restrictions, [{ type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', until: null }]);
  assert.equal(before.standing.step, 'restricted');

  const good = { restriction: 'RESTRICTED_BIZ_INITIATED_MESSAGING', reason };
  await bad([400, 'E_INVALID', 'reason'], 'POST', `${path}/lift`, { restriction: good.restriction });
  await bad([400, 'E_INVALID', 'reason'], 'POST', `${path}/lift`, { ...good, reason: ' ' });
  await bad([400, 'E_INVALID', 'restriction', /Say what/], 'POST', `${path}/lift`, { reason });
  await bad([400, 'E_INVALID', 'country'], 'POST', `${path}/lift`, { country: 'Italia', reason });
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', '/api/v1/accounts/1/lift', good);
  await bad([404, 'E_NOT_FOUND', 'restriction'], 'POST', `${path}/lift`, { ...good, restriction: 'OTHER' });
  await bad([404, 'E_NOT_FOUND', 'country'], 'POST', `${path}/lift`, { ...good, country: 'FR' });
  await bad([404, 'E_NOT_FOUND', 'lock'], 'POST', `${path}/lift`, { lock: true, reason });
  assert.equal((await ok('GET', path)).restrictions.length, 1, 'all or none of it');

  const lifted = await ok('POST', `${path}/lift`, { ...good, by: 'Marta Neri' });
  assert.deepEqual([lifted.restrictions, lifted.standing.step], [[], 'fine']);
  const [change] = lifted.changes;
  assert.deepEqual([change.field, change.before, change.after, change.source, change.words],
    ['restriction:RESTRICTED_BIZ_INITIATED_MESSAGING', 'open', null, 'operator', reason]);
  const [newest] = (await ok('GET', '/api/v1/ledger?limit=1')).items;
  const [leaf] = (await ok('GET', `/api/v1/ledger/entries?cursor=${newest.seq}`)).items;
  const act = JSON.parse(leaf.content);
  assert.deepEqual([leaf.type, act.operation, act.values.reason, act.values.by], ['operator', 'liftAccount', reason, 'Marta Neri']);

  await ok('PATCH', path, { state: 'locked' });
  const open = await ok('POST', `${path}/lift`, { lock: true, reason });
  assert.deepEqual([open.state, open.changes[0].before, open.changes[0].after], ['active', 'locked', 'active']);
});

test('analyses of past traffic', async () => {
  const path = '/api/v1/analyses';
  const files = Object.fromEntries([['file', 'traffic.csv'], ['consents_file', 'consents.csv'], ['inbound_file', 'inbound.csv']]
    .map(([field, name]) => [field, readFileSync(new URL(`../analyze/${name}`, import.meta.url), 'utf8')]));
  const templates = readFileSync(new URL('../analyze/templates.json', import.meta.url), 'utf8');
  const finished = async (id) => {
    for (;;) {
      const x = await ok('GET', `${path}/${id}`);
      if (x.state !== 'running') return x;
    }
  };
  assert.deepEqual((await ok('GET', path)).items, []);
  const asked = { name: 'Ottobre.csv', ...files, templates_file: templates, country: 'IT', zone: 'UTC', dates: 'dmy' };
  const started = await ok('POST', path, asked);
  assert.deepEqual([started.name, started.problem, started.id.slice(0, 4)], ['Ottobre.csv', null, 'anl_']);
  const done = await finished(started.id);
  assert.deepEqual([done.state, done.problem, done.report.file, done.report.with_varco.refused], ['done', null, 'Ottobre.csv', 11]);
  assert.deepEqual(done.report.without_opt_in.list, [], 'nobody is named');
  assert.doesNotMatch(JSON.stringify(done.report.findings), /\+3933312345\d\d/);
  assert.deepEqual((await ok('GET', path)).items.map((x) => [x.id, x.state, 'report' in x]), [[started.id, 'done', false]]);

  const file = (query) => request(`${gateway.url}${path}/${started.id}/report${query}`, { headers: { Authorization: `Bearer ${token}` } });
  const page = await file('');
  assert.deepEqual([page.status, page.headers['content-type'], page.headers['content-disposition']], [200, 'text/html; charset=utf-8', 'attachment; filename="report.html"']);
  assert.match(page.text, /^<!DOCTYPE html>[^]*Ottobre\.csv/);
  assert.match((await file('?format=csv')).text, /^"phone","bsuid","rule"/);
  exercised.set('reportAnalysis', [200]);
  await bad([400, 'E_INVALID', 'format'], 'GET', `${path}/${started.id}/report?format=pdf`);
  assert.deepEqual(await ok('DELETE', `${path}/${started.id}`), { id: started.id, removed: true });
  for (const [method, more] of [['GET', ''], ['GET', '/report'], ['DELETE', '']])
    await bad([404, 'E_NOT_FOUND', 'id'], method, `${path}/${started.id}${more}`);

  // The table as the body itself, and one that cannot be read: its own sentence, and no report.
  const streamed = await call('POST', `${path}?name=t.csv&country=IT`, 'nothing;here\n1;2\n', { 'Content-Type': 'text/csv' });
  assert.equal(streamed.status, 200, JSON.stringify(streamed.value));
  const failed = await finished(streamed.value.id);
  assert.deepEqual([failed.state, failed.report], ['failed', null]);
  assert.match(failed.problem, /column/);
  await bad([409, 'E_CONFLICT', 'id'], 'GET', `${path}/${failed.id}/report`);
  await bad([400, 'E_INVALID', 'file'], 'POST', path, { name: 'x' });
  await bad([400, 'E_INVALID', 'file'], 'POST', path, { file: [] });
  for (const [field, value] of [['dates', 'ymd'], ['country', 'it'], ['name', '']])
    await bad([400, 'E_INVALID', field], 'POST', path, { file: 'x', [field]: value });
  await bad([413, 'E_TOO_LARGE', 'map'], 'POST', path, { file: 'x', map: 'x'.repeat(501) });
  await bad([400, 'E_INVALID', 'state'], 'GET', `${path}?state=done`);
});

test('what became other in a template is told word by word', async () => {
  const path = `/api/v1/templates/${WABA}/mended/it`;
  const definition = (text, extra = []) => ({ name: 'mended', language: 'it', category: 'UTILITY', components: [{ type: 'BODY', text }, ...extra] });
  await ok('POST', '/api/v1/templates', { waba: WABA, file: [definition('Il tuo ordine parte.')] });
  const first = await ok('GET', `${path}/diff`);
  assert.deepEqual([first.from, first.to.until, first.parts, first.texts.length], [null, null, [], 1]);
  await ok('PATCH', path, { file: definition('Il tuo ordine parte oggi.', [{ type: 'FOOTER', text: 'Bottega Esempio' }]) });
  const diff = await ok('GET', `${path}/diff`);
  assert.deepEqual([diff.from.content, diff.to.until, diff.texts.length], [first.to.content, null, 2]);
  const [body, ...footer] = diff.parts;
  assert.deepEqual([body.place, body.before, body.after], ['BODY.text', 'Il tuo ordine parte.', 'Il tuo ordine parte oggi.']);
  assert.deepEqual(body.pieces, [
    { kind: 'same', text: 'Il tuo ordine ' }, { kind: 'gone', text: 'parte.' }, { kind: 'new', text: 'parte oggi.' }]);
  assert.deepEqual(footer.map((x) => [x.place, x.before, x.after]), [['FOOTER.type', null, 'FOOTER'], ['FOOTER.text', null, 'Bottega Esempio']]);
  const back = await ok('GET', `${path}/diff?from=${diff.to.content}&to=${diff.from.content}`);
  assert.deepEqual(back.parts.map((x) => x.place), ['BODY.text', 'FOOTER.type', 'FOOTER.text']);
  assert.ok((await ok('GET', path)).changes.some((x) => x.field === 'content' && x.before === diff.from.content));
  await bad([404, 'E_NOT_FOUND', 'from'], 'GET', `${path}/diff?from=0000000000000000`);
  await bad([404, 'E_NOT_FOUND', 'name'], 'GET', `/api/v1/templates/${WABA}/nothing/it/diff`);
  await ok('DELETE', path);
});

test('campaigns', async () => {
  const nowhere = '/api/v1/campaigns/cmp_0c5gq3hr8v2zk';
  const file = async (path) => {
    const r = await request(gateway.url + path, { headers: { Authorization: `Bearer ${token}` } });
    assert.deepEqual([r.status, r.headers['content-type']], [200, 'text/csv; charset=utf-8'], r.text);
    return r.text.trimEnd().split('\r\n');
  };
  const audience = `phone,order,source,segment\n${person(97)},7,shop,new\n${person(98)},8,shop,old\n${person(97)},9,fair,new\n12,1,fair,new\n`;
  const good = { name: 'Orders', number: NUMBER, template: ['order_shipped'], language: 'it', audience, map: ['1=order|?'], by: 'Marta Neri' };
  const made = await ok('POST', '/api/v1/campaigns', { ...good, price: '0.05', currency: 'EUR' });
  assert.deepEqual([made.state, made.audience, made.by, made.people.duplicate, made.people.invalid], ['draft', 2, 'Marta Neri', 1, 1]);
  const path = '/api/v1/campaigns';
  for (const [what, field, values, status = 400, code = 'E_INVALID'] of [
    ['no name', 'name', { name: '' }],
    ['no such number', 'number', { number: '404' }, 404, 'E_NOT_FOUND'],
    ['no such template', 'template', { template: ['nothing'] }, 404, 'E_NOT_FOUND'],
    ['twice the same', 'template', { template: ['order_shipped', 'order_shipped'] }],
    ['too many', 'template', { template: ['a', 'b', 'c', 'd', 'e'] }],
    ['no mapping', 'map', { map: [] }],
    ['no such variable', 'map', { map: ['1=order', '2=order'] }],
    ['no such column', 'map', { map: ['1=price'] }],
    ['no mapping at all', 'map', { map: ['order'] }],
    ['the same variable twice', 'map', { map: ['1=order', ' 1 =|always'] }],
    ['nobody in it', 'audience', { audience: 'phone,order\n' }],
    ['no person', 'audience', { audience: 'name,order\nAnna,7\n' }],
    ['a broken quote', 'audience', { audience: `phone,order\n${person(97)},"7\n` }],
    ['no amount', 'price', { price: 'cheap' }],
    ['no currency', 'currency', { price: '1', currency: 'euro' }],
  ]) {
    const r = await bad([status, code, field], 'POST', path, { ...good, ...values });
    assert.ok(r.value.detail, what);
  }
  const at = `${path}/${made.id}`;
  assert.equal((await ok('GET', at)).id, made.id);
  assert.deepEqual((await ok('GET', `${path}?state=draft&limit=1`)).items.map((x) => x.id), [made.id]);
  await bad([400, 'E_INVALID', 'state'], 'GET', `${path}?state=lost`);
  await bad([400, 'E_INVALID', 'cursor'], 'GET', `${path}?cursor=x`);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', nowhere);

  const edited = await ok('PATCH', at, { name: 'Orders, again', map: ['1=order|nothing'], price: '', currency: '', revision: made.revision, by: 'Anna Verdi' });
  assert.deepEqual([edited.name, edited.map, edited.price, edited.currency, edited.edits, edited.edited_by, edited.columns, edited.filter],
    ['Orders, again', ['1=order|nothing'], null, null, 1, ['Anna Verdi'], ['order'], []]);
  assert.deepEqual([made.price, made.currency, made.edits, made.edited_by], [0.05, 'EUR', 0, []]);
  await bad([409, 'E_CONFLICT', 'revision', /changed since it was read/], 'PATCH', at, { name: 'Mine', revision: made.revision });
  for (const [field, values, status = 400, code = 'E_INVALID'] of [
    ['name', { name: '' }], ['by', { name: 'x', by: '' }], ['number', { number: '404' }, 404, 'E_NOT_FOUND'],
    ['template', { template: [] }], ['template', { template: ['nothing'] }, 404, 'E_NOT_FOUND'],
    ['template', { language: 'tlh' }, 404, 'E_NOT_FOUND'], ['map', { map: [] }], ['map', { map: ['1=source'] }, 409, 'E_CONFLICT'],
    ['price', { price: '-1' }], ['currency', { currency: 'euro' }], ['audience', { audience: 'name\nAnna\n' }],
    ['audience', { audience, filter: ['purpose=utility'] }], ['filter', { filter: ['weather=bad'], map: ['1=|x'] }], [null, { revision: edited.revision }],
  ]) await bad([status, code, field], 'PATCH', at, values);
  await bad([404, 'E_NOT_FOUND', 'id'], 'PATCH', nowhere, { name: 'x' });
  assert.deepEqual(await ok('GET', at), edited, 'what is refused changes nothing');
  await ok('PATCH', at, { price: '0.05', currency: 'EUR' });

  await bad([409, 'E_CONFLICT', 'id', /preflight/], 'POST', `${at}/approve`, { by: 'Luca Bianchi' });
  await bad([404, 'E_NOT_FOUND', 'id', /preflight/], 'GET', `${at}/preflight`);
  const seen = await ok('POST', `${at}/preflight`);
  assert.deepEqual(await ok('GET', `${at}/preflight`), seen, 'as it was said');
  const italian = await ok('GET', `${at}/preflight`, undefined, { 'Accept-Language': 'it' });
  assert.deepEqual([italian.snapshot, italian.rules[0].title === seen.rules[0].title], [seen.snapshot, false], 'to whoever asks, in their language');
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', `${nowhere}/preflight`);
  assert.deepEqual([seen.people, seen.sendable, seen.refused, seen.duplicates, seen.invalid, seen.cost.currency], [2, 0, 2, 1, 1, 'EUR']);
  assert.deepEqual(seen.sources.map((x) => [x.source, x.people, x.no_opt_in]), [['shop', 2, 2]]);
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', `${nowhere}/preflight`);
  const refused = await file(`${at}/refused`);
  exercised.set('listRefused', [200]);
  assert.equal(refused[0], '"row","source","segment","verdict","rules","until"');
  assert.deepEqual(refused.slice(1).map((x) => x.replaceAll('"', '').split(',').slice(0, 4).join()), ['2,shop,new,refuse', '3,shop,old,refuse', '4,fair,new,duplicate', '5,,,invalid']);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', `${nowhere}/refused`);

  await bad([403, 'E_DENIED', 'by'], 'POST', `${at}/approve`, { by: 'Marta Neri' });
  await bad([409, 'E_CONFLICT', 'snapshot'], 'POST', `${at}/approve`, { by: 'Luca Bianchi', snapshot: '00' });
  await bad([409, 'E_CONFLICT', 'id'], 'POST', `${at}/release`);
  await bad([404, 'E_NOT_FOUND', 'template'], 'POST', `${at}/choose`, { template: 'nothing' });
  assert.equal((await ok('POST', `${at}/choose`, { template: 'order_shipped' })).chosen, 'order_shipped');
  await bad([409, 'E_CONFLICT', 'snapshot'], 'POST', `${at}/approve`, { by: 'Luca Bianchi', snapshot: seen.snapshot });
  const { snapshot } = await ok('POST', `${at}/preflight`);
  const approved = await ok('POST', `${at}/approve`, { by: 'Luca Bianchi', snapshot });
  assert.deepEqual([approved.state, approved.approved_by], ['approved', 'Luca Bianchi']);
  await bad([409, 'E_CONFLICT', 'id', /cancel it and make a new one/], 'PATCH', at, { name: 'Too late' });
  const later = new Date(Date.now() + 3600000).toISOString();
  const released = await ok('POST', `${at}/release`, { at: later });
  assert.deepEqual([released.state, released.starts_at > released.released_at], ['released', true]);
  await bad([400, 'E_INVALID', 'at'], 'POST', `${at}/release`, { at: 'soon' });
  await bad([409, 'E_CONFLICT', 'id'], 'POST', `${at}/resume`);
  assert.deepEqual([(await ok('POST', `${at}/hold`, { reason: 'Wait' })).state, (await ok('GET', at)).reason], ['held', 'Wait']);
  await bad([409, 'E_CONFLICT', 'id', /resume/], 'POST', `${at}/release`);
  assert.equal((await ok('POST', `${at}/resume`)).state, 'released');
  const ended = await ok('POST', `${at}/cancel`, { reason: 'Wrong order' });
  assert.deepEqual([ended.state, ended.people.cancelled, ended.people.sent], ['cancelled', 2, 0]);
  await bad([409, 'E_CONFLICT', 'id'], 'POST', `${at}/hold`);
  const report = await ok('GET', `${at}/report`);
  assert.deepEqual([report.totals.people, report.totals.not_sent, report.segments.length], [4, 4, 3]);
  // The one send that left, to person(2): figures are written a moment behind the sends they count.
  const use = await until(async () => {
    const seen = await ok('GET', `/api/v1/templates/${WABA}/order_shipped/it/use`);
    return seen.figures.sent ? seen : null;
  }, 'the send that is counted');
  assert.deepEqual([use.figures.sent, use.buttons, use.campaigns.map((x) => [x.id, x.state])], [1, [], [[made.id, 'cancelled']]]);
  await ok('GET', `/api/v1/templates/${WABA}/order_shipped/it/use?days=30`);
  await bad([400, 'E_RANGE', 'days'], 'GET', `/api/v1/templates/${WABA}/order_shipped/it/use?days=31`);
  await bad([404, 'E_NOT_FOUND', 'name'], 'GET', `/api/v1/templates/${WABA}/nothing/it/use`);
  for (const verb of ['approve', 'release', 'hold', 'resume', 'cancel']) await bad([404, 'E_NOT_FOUND', 'id'], 'POST', `${nowhere}/${verb}`, {});
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', `${nowhere}/report`);
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', `${nowhere}/choose`, { template: 'x' });

  const { audience: _, ...unnamed } = good;
  const found = await ok('POST', path, { ...unnamed, filter: ['country=IT', 'purpose=utility'], map: ['1=|?'] });
  assert.ok(found.state === 'draft' && found.audience > 0 && found.audience === found.people.waiting, JSON.stringify(found));
  await bad([400, 'E_INVALID', 'filter'], 'POST', path, { ...unnamed, filter: ['age=40'], map: ['1=|?'] });
  await bad([400, 'E_INVALID', 'map'], 'POST', path, { ...unnamed, filter: ['country=IT'] });
  await bad([400, 'E_INVALID', 'audience'], 'POST', path, unnamed);
  await bad([400, 'E_INVALID', 'audience'], 'POST', path, { ...good, filter: ['country=IT'] });

  const sources = await ok('GET', '/api/v1/sources?limit=1');
  assert.deepEqual([sources.items[0].source, sources.items[0].people, sources.items[0].suspended, sources.next], ['fair', 1, false, 'fair']);
  // whom a filter finds comes from the list of the import
  assert.deepEqual((await ok('GET', '/api/v1/sources?cursor=fair')).items.map((x) => x.source), ['negozio', 'shop']);
  await bad([400, 'E_RANGE', 'limit'], 'GET', '/api/v1/sources?limit=0');
  const again = await ok('POST', path, { ...good, name: 'Once more' });
  const out = await ok('POST', '/api/v1/sources/suspend', { source: 'shop', reason: 'No opt-in' });
  assert.deepEqual(out, { source: 'shop', suspended: true, people: 2 });
  assert.equal((await ok('GET', `${path}/${again.id}`)).people.suspended, 2);
  await bad([404, 'E_NOT_FOUND', 'source'], 'POST', '/api/v1/sources/suspend', { source: 'nothing' });
  assert.deepEqual(await ok('POST', '/api/v1/sources/resume', { source: 'shop' }), { source: 'shop', suspended: false, people: 2 });
  await bad([404, 'E_NOT_FOUND', 'source'], 'POST', '/api/v1/sources/resume', { source: 'shop' });
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

test('what an app would be told', async () => {
  const app = await ok('POST', '/api/v1/integrations', { ...integration, name: 'overheard' });
  const at = `/api/v1/integrations/${app.id}/events`;
  assert.deepEqual(await ok('GET', at), { app: app.id, events: [], last: 0, lost: 0 });
  assert.deepEqual(await ok('GET', `/api/v1/integrations/overheard/events?after=0`), { app: app.id, events: [], last: 0, lost: 0 });
  await bad([400, 'E_RANGE', 'after'], 'GET', `${at}?after=-1`);
  await bad([400, 'E_INVALID', 'after'], 'GET', `${at}?after=x`);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', '/api/v1/integrations/nobody/events');
});

test('triggers', async () => {
  const name = 'order-shipped';
  const at = `/api/v1/triggers/${name}`;
  const app = await ok('POST', '/api/v1/integrations', { ...integration, name: 'shop-events' });
  const file = { to: '/phone', event_id: '{/id}', template: { name: 'nowhere', language: 'it', values: ['{/order}'] } };
  const good = { file, name, app: app.id, number: NUMBER };
  const added = await ok('POST', '/api/v1/triggers', good);
  assert.deepEqual([added.app, added.number, added.proof, added.secret, added.definition, added.last_at], [app.id, NUMBER, 'key', false, file, null]);
  assert.ok(added.url.endsWith(at));
  assert.deepEqual(added.warnings.map((x) => /no template of that name/.test(x)), [true]);
  const italian = await request(`${gateway.url}${at}`, { headers: { Authorization: `Bearer ${token}`, 'Accept-Language': 'it' } });
  assert.match(italian.json().warnings[0], /non ha ancora un modello/);
  assert.deepEqual(await ok('POST', '/api/v1/triggers', { ...good, app: 'shop-events', file: JSON.stringify(file) }), added);
  const add = (more, over) => ['POST', '/api/v1/triggers', { ...good, name: 'other', ...over, file: { ...file, ...more } }];
  await bad([409, 'E_CONFLICT', 'file'], ...add({ delay: '1h' }, { name }));
  await bad([400, 'E_INVALID', 'file', /not JSON/], 'POST', '/api/v1/triggers', { ...good, file: '{' });
  await bad([400, 'E_INVALID', 'file', /JSON object/], 'POST', '/api/v1/triggers', { ...good, file: [] });
  await bad([400, 'E_INVALID', 'file', /no member "colour"/], ...add({ colour: 'red' }));
  await bad([400, 'E_INVALID', 'name'], ...add({}, { name: undefined }));
  await bad([400, 'E_INVALID', 'name'], ...add({}, { name: 'a/b' }));
  await bad([400, 'E_INVALID', 'app'], ...add({}, { app: undefined }));
  await bad([404, 'E_NOT_FOUND', 'app'], ...add({}, { app: 'nobody' }));
  await bad([404, 'E_NOT_FOUND', 'number'], ...add({}, { number: '1' }));
  await bad([400, 'E_INVALID', 'file.proof'], ...add({ proof: 'carrier_pigeon' }));
  await bad([400, 'E_INVALID', 'secret_file', /asks for a secret/], ...add({ proof: 'shopify' }));
  await bad([400, 'E_INVALID', 'secret_file', /has no secret/], ...add({}, { secret_file: 'x'.repeat(32) }));
  await bad([400, 'E_INVALID', 'secret_file', /at least 16/], ...add({ proof: 'shopify' }, { secret_file: 'short' }));
  for (const [member, value, code = 'E_INVALID'] of [
    ['to', undefined], ['to', 'phone'], ['to', [], 'E_RANGE'], ['country', '/a~'], ['items', 7], ['event_id', '{/id'], ['event_id', ''],
    ['event_id', 'order'], ['when', [{ at: '/a', is: 1 }, { at: '/a', is: 2 }]], ['when', {}, 'E_RANGE'], ['when', [{ at: '/a' }]], ['when', [{ at: '/a', above: 'x' }]], ['when', [{ at: 'a', is: 1 }]],
    ['delay', '1y'], ['delay', 5], ['delay', '31d'], ['quiet_hours', {}], ['quiet_hours', { from: '24:00', to: '08:00' }],
    ['template', undefined], ['template', {}], ['text', ''], ['text', '{/a'],
  ]) await bad([400, code, `file.${member}`], ...add({ [member]: value }));
  await bad([400, 'E_RANGE', 'file.template.values'], ...add({ template: { name: 'x', language: 'it', values: Array(33).fill('x') } }));
  assert.deepEqual((await ok('GET', '/api/v1/triggers')).items, [added]);
  assert.deepEqual(await ok('GET', at), added);
  await bad([404, 'E_NOT_FOUND', 'name'], 'GET', '/api/v1/triggers/x');
  await bad([400, 'E_RANGE', 'limit'], 'GET', '/api/v1/triggers?limit=0');

  const event = { id: 7, phone: '+447700900188', order: 'A1' };
  const tried = (await ok('POST', `${at}/test`, { file: [] })).items;
  assert.deepEqual(tried.map((x) => [x.state, x.place]), [['skipped', '/id']]);
  const [whole] = (await ok('POST', `${at}/test`, { file: event })).items;
  assert.deepEqual([whole.event_id, whole.decision.verdict, whole.decision.rules], ['7', 'refuse', ['template.unknown']]);
  await bad([404, 'E_NOT_FOUND', 'name'], 'POST', '/api/v1/triggers/x/test', { file: event });
  await bad([400, 'E_INVALID', 'file'], 'POST', `${at}/test`, {});
  const [item] = (await ok('POST', at, event)).items;
  assert.deepEqual([item.state, item.reason, item.place], ['queued', null, null]);
  assert.deepEqual((await ok('POST', at, event)).items, [{ ...item, state: 'repeated', due_at: null }]);
  assert.equal((await ok('POST', at, event, { Authorization: `Bearer ${app.key}` })).trigger, name);
  await bad([401, 'E_DENIED'], 'POST', at, event, { Authorization: 'Bearer x' });
  await bad([401, 'E_DENIED'], 'POST', '/api/v1/triggers/x', event, { Authorization: `Bearer ${app.key}` });
  await bad([404, 'E_NOT_FOUND', 'name'], 'POST', '/api/v1/triggers/x', event);
  await bad([400, 'E_INVALID', null, /not JSON/], 'POST', at, '{');
  await ok('POST', '/api/v1/triggers', { ...good, name: 'many', file: { ...file, items: '/list' } });
  assert.deepEqual((await ok('POST', '/api/v1/triggers/many', { list: [] })).items, []);
  assert.deepEqual((await ok('POST', '/api/v1/triggers/many', { list: 7 })).items.map((x) => [x.state, x.place]), [['skipped', '/list']]);
  await bad([413, 'E_TOO_LARGE'], 'POST', '/api/v1/triggers/many', { list: Array(101).fill({}) });
  const set = (body, over) => ['PATCH', over ?? at, body];
  await bad([400, 'E_INVALID', null, /Nothing/], ...set({}));
  await bad([404, 'E_NOT_FOUND', 'name'], ...set({ app: app.id }, '/api/v1/triggers/x'));
  await bad([400, 'E_INVALID', 'file.name'], ...set({ file: { ...file, name: 'other' } }));
  await bad([400, 'E_INVALID', 'file.event_id'], ...set({ file: { ...file, event_id: 'x' } }));
  await bad([404, 'E_NOT_FOUND', 'number'], ...set({ number: '1' }));
  await bad([400, 'E_INVALID', 'secret_file', /asks for a secret/], ...set({ file: { ...file, proof: 'hub' } }));
  await bad([400, 'E_INVALID', 'secret_file', /has no secret/], ...set({ secret_file: 'x'.repeat(32) }));
  const changed = await ok(...set({ file: { ...file, proof: 'hub' }, secret_file: 'x'.repeat(32) }));
  assert.deepEqual([changed.proof, changed.secret, changed.queued], ['hub', true, 1]);
  assert.deepEqual((await ok(...set({ file: { ...file, proof: 'hub', delay: '1h' } }))).secret, true); // it keeps its own
  assert.deepEqual((await ok(...set({ file }))).secret, false);
  assert.deepEqual((await ok('POST', at, event)).items.map((x) => x.state), ['repeated']);
  const page = await ok('GET', '/api/v1/triggers?limit=1');
  assert.deepEqual([page.items[0].name, page.next], ['many', 'many']);
  assert.deepEqual((await ok('GET', '/api/v1/triggers?limit=1&cursor=many')).items.map((x) => x.queued), [1]);
  assert.deepEqual(await ok('DELETE', at), { id: name, removed: true });
  await bad([404, 'E_NOT_FOUND', 'name'], 'DELETE', at);
});

test('automatic replies', async () => {
  const at = '/api/v1/autoreplies';
  const closed = { name: 'closed', kind: 'out_of_hours', app: 'shop-events', number: NUMBER, text: 'Siamo chiusi.', hours: 'mon-fri 09:00-18:00' };
  const added = await ok('POST', at, closed);
  assert.deepEqual([added.zone, added.words, added.language, added.sent, added.last_at], ['Europe/Rome', [], null, 0, null]);
  assert.deepEqual(await ok('POST', at, { ...closed, zone: 'Europe/Rome' }), added);
  await bad([409, 'E_CONFLICT', 'text'], 'POST', at, { ...closed, text: 'Aperto' });
  for (const [code, field, more] of [
    ['E_INVALID', 'kind', { kind: 'rude' }], ['E_INVALID', 'text', { text: ' ' }], ['E_INVALID', 'name', { name: 'a b' }],
    ['E_INVALID', 'hours', { hours: 'always' }], ['E_INVALID', 'hours', { hours: undefined }], ['E_INVALID', 'zone', { zone: 'Moon/Base' }],
    ['E_INVALID', 'words', { words: ['a'] }], ['E_INVALID', 'language', { language: 'tlh' }], ['E_INVALID', 'words', { kind: 'keyword', hours: undefined }],
  ]) await bad([400, code, field], 'POST', at, { ...closed, name: 'other', ...more });
  await bad([404, 'E_NOT_FOUND', 'app'], 'POST', at, { ...closed, name: 'other', app: 'nobody' });
  await bad([404, 'E_NOT_FOUND', 'number'], 'POST', at, { ...closed, name: 'other', number: '1' });
  const word = await ok('POST', at, { name: 'hours', kind: 'keyword', app: 'shop-events', number: NUMBER, text: '9-18', words: 'orari,hours', language: 'it' });
  assert.deepEqual([word.words, word.language, word.zone], [['orari', 'hours'], 'it', null]);
  assert.deepEqual((await ok('GET', at)).items, [added, word]);
  assert.deepEqual((await ok('GET', `${at}?number=1`)).items, []);
  const page = await ok('GET', `${at}?limit=1`);
  assert.deepEqual([page.items.length, page.next], [1, 'closed']);
  assert.deepEqual((await ok('GET', `${at}?limit=1&cursor=closed`)).items, [word]);
  await bad([400, 'E_RANGE', 'limit'], 'GET', `${at}?limit=0`);
  assert.deepEqual(await ok('GET', `${at}/closed`), added);
  await bad([404, 'E_NOT_FOUND', 'name'], 'GET', `${at}/x`);
  const again = await ok('PATCH', `${at}/closed`, { text: 'Chiuso.', hours: 'mon-sat 09:00-18:00', language: 'it', revision: added.revision });
  assert.deepEqual([again.text, again.hours, again.zone, again.language, again.created_at], ['Chiuso.', 'mon-sat 09:00-18:00', 'Europe/Rome', 'it', added.created_at]);
  await bad([409, 'E_CONFLICT', 'revision', /changed since it was read/], 'PATCH', `${at}/closed`, { text: 'Mio', revision: added.revision });
  for (const [field, values, status = 400, code = 'E_INVALID'] of [
    [null, { revision: again.revision }], ['text', { text: ' ' }], ['kind', { kind: 'rude' }], ['hours', { hours: 'always' }], ['zone', { zone: 'Moon/Base' }],
    ['words', { words: ['a'] }], ['words', { kind: 'keyword' }], ['language', { language: 'tlh' }],
    ['number', { number: '1' }, 404, 'E_NOT_FOUND'], ['app', { app: 'nobody' }, 404, 'E_NOT_FOUND'],
  ]) await bad([status, code, field], 'PATCH', `${at}/closed`, values);
  await bad([404, 'E_NOT_FOUND', 'name'], 'PATCH', `${at}/x`, { text: 'x' });
  assert.deepEqual(await ok('GET', `${at}/closed`), again, 'what is refused changes nothing');
  const other = await ok('PATCH', `${at}/closed`, { kind: 'keyword', words: ['aperto'], language: '' });
  assert.deepEqual([other.kind, other.words, other.hours, other.zone, other.language], ['keyword', ['aperto'], null, null, null]);
  assert.deepEqual(await ok('DELETE', `${at}/closed`), { id: 'closed', removed: true });
  await bad([404, 'E_NOT_FOUND', 'name'], 'DELETE', `${at}/closed`);
});

test('what a person may ask for', async () => {
  const [told, gone, sealed, nobody] = [90, 91, 92, 93].map(person);
  for (const phone of [told, gone, sealed]) {
    await ok('POST', '/api/v1/consents', { phone, purpose: 'utility', evidence: 'form', text: 'Sì' });
  }
  const record = await ok('POST', '/api/v1/consents/dsar', { phone: told, identity: 'identity card' });
  assert.deepEqual([record.format, record.phone, record.consents[0].text], ['varco-dsar/1', told, 'Sì']);
  for (const [format, type, begins] of [['html', 'text/html; charset=utf-8', '<!DOCTYPE'], ['pdf', 'application/pdf', '%PDF-']]) {
    const r = await request(`${gateway.url}/api/v1/consents/dsar`, {
      method: 'POST', body: { phone: told, format, lang: 'it' }, headers: { Authorization: `Bearer ${token}` },
    });
    assert.deepEqual([r.status, r.headers['content-type'], r.text.startsWith(begins)], [200, type, true], r.text.slice(0, 200));
  }
  await bad([400, 'E_INVALID', 'format'], 'POST', '/api/v1/consents/dsar', { phone: told, format: 'xlsx' });
  await bad([400, 'E_INVALID', 'lang'], 'POST', '/api/v1/consents/dsar', { phone: told, format: 'pdf', lang: 'de' });
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

test('the policy: proposals, versions, exceptions', async () => {
  const at = '/api/v1/policy';
  const why = { reason: 'Reclami di aprile.', by: 'Marta Neri' };
  const shown = await ok('GET', at);
  assert.deepEqual([shown.number, shown.rules.length > 40, shown.exceptions], [0, true, []]);
  const italian = await ok('GET', at, undefined, { 'Accept-Language': 'it' });
  assert.notEqual(italian.rules[0].title, shown.rules[0].title);
  assert.ok(shown.rules.every((r) => r.figures.every((f) => f.label && ['meta', 'vendor', 'own'].includes(f.source))));
  await bad([400, 'E_INVALID', 'x'], 'GET', `${at}?x=1`);
  await bad([400, 'E_INVALID', 'reason'], 'POST', `${at}/proposals`, { level: ['content.link=refuse'] });
  await bad([400, 'E_INVALID', 'level'], 'POST', `${at}/proposals`, why);
  await bad([400, 'E_INVALID', 'level'], 'POST', `${at}/proposals`, { ...why, level: ['content.link'] });
  await bad([400, 'E_INVALID', 'level'], 'POST', `${at}/proposals`, { ...why, level: ['content.link=warn', 'content.link=off'] });
  await bad([400, 'E_INVALID', 'level', /binds always/], 'POST', `${at}/proposals`, { ...why, level: ['app.scope=off'] });
  await bad([400, 'E_INVALID', 'level', /nearest is content.link/], 'POST', `${at}/proposals`, { ...why, level: ['content.lnk=off'] });
  await bad([400, 'E_INVALID', 'figure', /platform/], 'POST', `${at}/proposals`, { ...why, figure: ['pair.burst=50'] });
  await bad([400, 'E_RANGE', 'figure', /18:00/], 'POST', `${at}/proposals`, { ...why, figure: ['quiet_hours.from=03:00'] });
  await bad([409, 'E_CONFLICT'], 'POST', `${at}/proposals`, { ...why, level: ['content.link=warn'] });
  const p = await ok('POST', `${at}/proposals`, { ...why, level: ['content.generic=off'], figure: ['quiet_hours.sundays=true'] });
  assert.deepEqual([p.state, p.second, p.differences.length], ['open', true, 2]);
  assert.equal((await ok('GET', `${at}/proposals/${p.id}`)).id, p.id);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', `${at}/proposals/pol_0c5gq3hr8v2zk`);
  assert.equal((await ok('GET', `${at}/proposals?limit=1`)).items[0].id, p.id);
  await bad([400, 'E_INVALID', 'cursor'], 'GET', `${at}/proposals?cursor=x`);
  await ok('GET', `${at}/proposals/${p.id}/effect`);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', `${at}/proposals/x/effect`);
  await bad([403, 'E_DENIED', 'by', /Marta Neri/], 'POST', `${at}/proposals/${p.id}/apply`, { by: 'Marta Neri' });
  assert.equal((await ok('POST', `${at}/proposals/${p.id}/apply`, { by: 'Luca Bianchi' })).version, 1);
  await bad([409, 'E_CONFLICT', 'id'], 'POST', `${at}/proposals/${p.id}/apply`, { by: 'Luca Bianchi' });
  const other = await ok('POST', `${at}/proposals`, { ...why, level: ['content.link=off'] });
  assert.equal((await ok('POST', `${at}/proposals/${other.id}/drop`, {})).state, 'dropped');
  await bad([409, 'E_CONFLICT', 'id'], 'POST', `${at}/proposals/${other.id}/drop`, {});
  assert.deepEqual((await ok('GET', `${at}/versions`)).items.map((v) => v.number), [1]);
  await bad([400, 'E_INVALID', 'cursor'], 'GET', `${at}/versions?cursor=-`);
  assert.equal((await ok('GET', `${at}/diff`)).differences.length, 2);
  await bad([404, 'E_NOT_FOUND', 'to'], 'GET', `${at}/diff?to=9`);

  const except = (more) => ['POST', `${at}/exceptions`, { ...why, rule: 'limit.frequency', template: 'spring', for: '7d', ...more }];
  await bad([400, 'E_INVALID', 'rule'], ...except({ rule: 'nothing' }));
  await bad([400, 'E_INVALID', 'rule', /binds/], ...except({ rule: 'app.scope' }));
  await bad([400, 'E_INVALID', 'rule', /one app/], ...except({ number: NUMBER }));
  await bad([404, 'E_NOT_FOUND', 'number'], ...except({ template: undefined, number: '1' }));
  await bad([404, 'E_NOT_FOUND', 'app'], ...except({ template: undefined, app: 'nobody' }));
  await bad([400, 'E_INVALID', 'until'], ...except({ for: undefined }));
  await bad([400, 'E_RANGE', 'for'], ...except({ for: '91d' }));
  await bad([400, 'E_RANGE', 'until'], ...except({ for: undefined, until: '2020-01-01T00:00:00Z' }));
  const x = await ok(...except({}));
  await ok('POST', `${at}/proposals/${x.id}/apply`, { by: 'Luca Bianchi' });
  const [exception] = (await ok('GET', at)).exceptions;
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', `${at}/exceptions/x/end`, why);
  await bad([400, 'E_INVALID', 'reason'], 'POST', `${at}/exceptions/${exception.id}/end`, {});
  assert.equal((await ok('POST', `${at}/exceptions/${exception.id}/end`, why)).state, 'applied');
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', `${at}/exceptions/${exception.id}/end`, why);
  await bad([404, 'E_NOT_FOUND', 'to'], 'POST', `${at}/roll-back`, { ...why, to: 9 });
  const back = await ok('POST', `${at}/roll-back`, { ...why, to: 0 });
  await ok('POST', `${at}/proposals/${back.id}/apply`, { by: 'Luca Bianchi' });
  assert.deepEqual((await ok('GET', `${at}/diff?from=0&to=4`)).differences, []);
});

test('webhooks to apps', async () => {
  const at = '/api/v1/webhooks';
  const app = await ok('POST', '/api/v1/integrations', {
    ...integration, name: 'sentita', webhook: 'http://127.0.0.1:9/hook', webhook_secret_file: 'a-secret-of-sixteen-letters',
  });
  const [w] = (await ok('GET', at)).items.filter((x) => x.app === app.id);
  assert.deepEqual([w.name, w.enabled, w.waiting, w.last_at], ['sentita', true, 0, null]);
  await bad([400, 'E_INVALID', 'x'], 'GET', `${at}?x=1`);
  assert.deepEqual((await ok('GET', `${at}/deliveries?app=sentita&failed=true`)).items, []);
  await bad([404, 'E_NOT_FOUND', 'app'], 'GET', `${at}/deliveries?app=nobody`);
  await bad([400, 'E_INVALID', 'cursor'], 'GET', `${at}/deliveries?cursor=x`);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', `${at}/deliveries/dlv_0c5gq3hr8v2zk`);
  const raw = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: WABA, changes: [{ field: 'messages', value: {
    messaging_product: 'whatsapp', metadata: { phone_number_id: NUMBER, display_phone_number: '393331234500' },
    contacts: [{ wa_id: '393331234598', profile: { name: 'Ada' } }],
    messages: [{ from: '393331234598', id: 'wamid.delivery', timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body: 'Ciao' } }],
  } }] }] });
  const posted = await request(`${gateway.url}/webhooks/meta`, {
    method: 'POST', body: raw, headers: { 'Content-Type': 'application/json', 'X-Hub-Signature-256': sign(SECRET, raw) },
  });
  assert.equal(posted.status, 200, posted.text);
  const [tried] = await until(async () => {
    const { items } = await ok('GET', `${at}/deliveries?app=sentita`);
    return items.length > 0 && items;
  }, 'a delivery');
  assert.deepEqual([tried.outcome, tried.status, tried.events, tried.kept], ['failed', null, 1, false]);
  const shown = await ok('GET', `${at}/deliveries/${tried.id}`);
  assert.deepEqual([shown.request, shown.answer], [null, null]);
  assert.equal((await ok('POST', `${at}/disable`, { app: 'sentita', reason: 'Server nuovo.' })).enabled, false);
  await bad([404, 'E_NOT_FOUND', 'app'], 'POST', `${at}/disable`, { app: 'crm' });
  assert.equal((await ok('POST', `${at}/enable`, { app: app.id })).enabled, true);
  await bad([400, 'E_INVALID', 'app'], 'POST', `${at}/enable`, {});
  assert.deepEqual(await ok('POST', `${at}/resend`, { app: 'sentita', since: '2026-01-01T00:00:00Z' }), { deliveries: 0, events: 0, more: false, next_since: null });
  await bad([400, 'E_INVALID', 'id'], 'POST', `${at}/resend`, { app: 'sentita' });
  await bad([400, 'E_INVALID', 'id'], 'POST', `${at}/resend`, {});
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', `${at}/resend`, { id: 'dlv_0c5gq3hr8v2zk' });
});

test('copies of the store', async () => {
  const at = '/api/v1/backups';
  await bad([400, 'E_RANGE', 'keep'], 'POST', at, { keep: -1 });
  const copy = await ok('POST', at, { keep: 3 });
  assert.equal(copy.state, 'good');
  assert.deepEqual((await ok('GET', at)).items, [copy]);
  await bad([400, 'E_INVALID', 'x'], 'GET', `${at}?x=1`);
  assert.equal((await ok('POST', `${at}/${copy.name}/verify`)).state, 'good');
  assert.deepEqual(await ok('GET', `${at}/status`), {
    every: null, keep: 14, last_good_at: copy.at, next_copy_at: null, overdue: false, under_way: false, restored_at: null,
  });
  await bad([400, 'E_INVALID', 'x'], 'GET', `${at}/status?x=1`);
  await bad([400, 'E_INVALID', 'reason'], 'POST', `${at}/confirm`, { reason: ' ' });
  await bad([409, 'E_CONFLICT'], 'POST', `${at}/confirm`, { reason: 'Ripresi dalla posta' });
  await bad([404, 'E_NOT_FOUND', 'name'], 'POST', `${at}/varco-20200101T000000Z.db/verify`);

  // A gateway on a copy that was brought back waits for somebody's word.
  const elsewhere = scratch('api-restored');
  for (const file of readdirSync(state).filter((f) => /\.(key|pub|token)$/.test(f))) copyFileSync(join(state, file), join(elsewhere, file));
  const run = spawnSync(varcoBin, ['backup', 'restore', join(state, 'backups', copy.name), '--state-dir', elsewhere], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  const restored = await serveOn(elsewhere);
  const r = await request(`${restored.url}${at}/confirm`, {
    method: 'POST', body: { reason: 'Ripresi dalla posta' }, headers: { Authorization: `Bearer ${token}` },
  });
  exercised.get('confirmRestore').push(r.status);
  assert.deepEqual(checkAnswer(r, operationOf('POST', `${at}/confirm`), 'confirm'), { held: false });
  await restored.stop();
});

test('an account without a token is told as what it is, and not as trouble that passes', async () => {
  await ok('POST', '/api/v1/accounts', { waba: '77', portfolio: '7', name: 'Senza token' });
  await ok('POST', '/api/v1/numbers', { waba: '77', id: '777', display: person(97), established: true });
  const { key } = await ok('POST', '/api/v1/integrations', {
    name: 'lettore', owner: 'Marta Neri', purpose: 'Elenco dei modelli', numbers: ['777'], categories: ['utility'],
  });
  const r = await request(`${gateway.url}/v25.0/77/message_templates`, { headers: { authorization: `Bearer ${key}` } });
  const { error } = r.json();
  assert.deepEqual([r.status, error.is_transient], [400, false], r.text);
  assert.match(error.message, /no access token/);
});

test('signing in by a link of the operator', async () => {
  const own = { Origin: gateway.url };
  const { url } = await ok('POST', '/api/v1/sessions/links');
  const link = url.split('#link=')[1];
  await bad([401, 'E_DENIED'], 'POST', '/api/v1/sessions/links', {}, { Authorization: '' });
  await bad([401, 'E_DENIED'], 'POST', '/api/v1/session', { link }, { Authorization: '', Origin: 'https://evil.example' });
  await bad([403, 'E_DENIED', 'link'], 'POST', '/api/v1/session', { link: 'x' }, { Authorization: '', ...own });
  const begun = await call('POST', '/api/v1/session', { link }, { Authorization: '', ...own });
  assert.deepEqual([begun.status, begun.value.by, begun.value.name, begun.value.role], [200, 'session', 'admin', 'admin']);
  assert.match(String(begun.headers['set-cookie']), /^__Host-varco=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  const Cookie = String(begun.headers['set-cookie']).split(';')[0];
  await bad([403, 'E_DENIED', 'link'], 'POST', '/api/v1/session', { link }, { Authorization: '', ...own });
  const seen = await ok('GET', '/api/v1/session', undefined, { Authorization: '', Cookie });
  assert.deepEqual([seen.by, seen.portfolios, seen.may.includes('addAccount')], ['session', [], true]);
  assert.equal((await ok('GET', '/api/v1/session')).by, 'token');
  await bad([401, 'E_DENIED'], 'GET', '/api/v1/session', undefined, { Authorization: '' });
  // The cookie alone proves nothing: a page from elsewhere sends it along.
  await bad([401, 'E_DENIED'], 'DELETE', '/api/v1/session', undefined, { Authorization: '', Cookie, Origin: 'https://evil.example' });
  await bad([401, 'E_DENIED'], 'DELETE', '/api/v1/session', undefined, { Authorization: '', Cookie });
  const ended = await call('DELETE', '/api/v1/session', undefined, { Authorization: '', Cookie, ...own });
  assert.deepEqual([ended.status, ended.value], [200, { ended: true }]);
  await bad([401, 'E_DENIED'], 'GET', '/api/v1/session', undefined, { Authorization: '', Cookie });
});

test('a stream of what changes', async () => {
  const abort = new AbortController();
  const answer = await fetch(`${gateway.url}/api/v1/events`, { headers: { authorization: `Bearer ${token}` }, signal: abort.signal });
  const reader = answer.body.getReader();
  let first = '';
  while (!first.includes('\n\n')) first += Buffer.from((await reader.read()).value).toString();
  abort.abort();
  assert.match(first, /^retry: \d+\nevent: hello\ndata: all\n\n/);
  const r = await request(`${gateway.url}/api/v1/events`);
  assert.equal(r.status, 401);
  exercised.set('streamEvents', [answer.status, r.status]);
});

test('users, their sessions and what they did', async () => {
  const users = '/api/v1/users';
  const totp = (secret) => {
    const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
    const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))).update(counter).digest();
    return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1e6).padStart(6, '0');
  };
  await bad([400, 'E_INVALID', 'role'], 'POST', users, { name: 'Marta Neri', role: 'root' });
  await bad([400, 'E_INVALID', 'name'], 'POST', users, { name: 'operator', role: 'viewer' });
  await bad([404, 'E_NOT_FOUND', 'portfolios'], 'POST', users, { name: 'Marta Neri', role: 'viewer', portfolios: ['1'] });
  const made = await ok('POST', users, { name: 'Marta Neri', role: 'author' });
  assert.equal((await ok('POST', users, { name: 'marta neri', role: 'author' })).id, made.id);
  await bad([409, 'E_CONFLICT', 'role'], 'POST', users, { name: 'Marta Neri', role: 'viewer' });
  assert.deepEqual((await ok('GET', users)).items.map((x) => x.name), ['Marta Neri']);
  await bad([400, 'E_INVALID', 'cursor'], 'GET', `${users}?cursor=x`);
  assert.equal((await ok('GET', `${users}/Marta%20Neri`)).password, false);
  await bad([404, 'E_NOT_FOUND', 'id'], 'GET', `${users}/nobody`);
  assert.equal((await ok('PATCH', `${users}/${made.id}`, { role: 'approver' })).role, 'approver');
  await bad([400, 'E_INVALID', 'portfolios'], 'PATCH', `${users}/${made.id}`, { portfolios: [] });
  const { url } = await ok('POST', `${users}/${made.id}/reset`, {});
  await bad([404, 'E_NOT_FOUND', 'id'], 'POST', `${users}/nobody/reset`, {});

  const own = { Authorization: '', Origin: gateway.url };
  const link = url.split('#setup=')[1];
  await bad([403, 'E_DENIED', 'link'], 'POST', '/api/v1/session/look', { link: made.url.split('#setup=')[1] }, own);
  const { secret } = (await call('POST', '/api/v1/session/look', { link }, own)).value;
  await bad([400, 'E_INVALID', 'password'], 'POST', '/api/v1/session/setup', { link, password: 'short', totp: totp(secret) }, own);
  const begun = await call('POST', '/api/v1/session/setup', { link, password: 'tre sandali rossi', totp: totp(secret) }, own);
  assert.deepEqual([begun.status, begun.value.name, begun.value.role], [200, 'Marta Neri', 'approver'], JSON.stringify(begun.value));
  const Cookie = String(begun.headers['set-cookie']).split(';')[0];
  const renew = (password) => ['POST', '/api/v1/session/renew', { password }, { ...own, Cookie }];
  await bad([401, 'E_DENIED', 'password'], ...renew('quattro sandali'));
  await ok(...renew('tre sandali rossi'));
  const sessions = (await ok('GET', '/api/v1/sessions?user=Marta%20Neri')).items;
  assert.equal(sessions.length, 1);
  await bad([404, 'E_NOT_FOUND', 'user'], 'GET', '/api/v1/sessions?user=nobody');
  assert.deepEqual(await ok('DELETE', `/api/v1/sessions/${sessions[0].id}`), { ended: true });
  await bad([404, 'E_NOT_FOUND', 'id'], 'DELETE', `/api/v1/sessions/${sessions[0].id}`);
  const trail = (await ok('GET', `/api/v1/audit?object=${made.id}`)).items.map((x) => x.operation);
  assert.deepEqual(trail, ['renewSession', 'setUpSession', 'resetUser', 'setUser', 'addUser', 'addUser']);
  await bad([400, 'E_INVALID', 'format'], 'GET', '/api/v1/audit?format=xlsx');
  assert.deepEqual(await ok('DELETE', `${users}/${made.id}`), { id: made.id, removed: true });
  await bad([404, 'E_NOT_FOUND', 'id'], 'DELETE', `${users}/${made.id}`);
});

test('signing in by a sign-in provider', async () => {
  const way = '/api/v1/session/provider', users = '/api/v1/users';
  await bad([400, 'E_INVALID', 'oidc'], 'POST', users, { name: 'Rosa Blu', role: 'viewer', oidc: 'rosa' });
  const rosa = await ok('POST', users, { name: 'Rosa Blu', role: 'viewer', oidc: 'Rosa@shop.example' });
  assert.deepEqual([rosa.oidc, rosa.url], ['rosa@shop.example', null]);
  await bad([409, 'E_CONFLICT', 'oidc'], 'PATCH', `${users}/${(await ok('POST', users, { name: 'Ugo Viola', role: 'viewer' })).id}`,
    { oidc: 'rosa@shop.example' });
  assert.equal((await ok('GET', way)).name, 'Calzature SSO');
  // Answered as a stranger too, and to no other page.
  await bad([401, 'E_DENIED'], 'GET', way, undefined, { Authorization: '', 'Sec-Fetch-Site': 'cross-site' });
  provider.user = { sub: '7', email: 'rosa@shop.example', email_verified: true };
  const begun = await request(`${gateway.url}/console/oidc/start`);
  const Cookie = String(begun.headers['set-cookie']).split(';')[0];
  const there = await request(begun.headers.location);
  const back = await request(there.headers.location, { headers: { Cookie } });
  assert.equal(back.headers.location, `${gateway.url}/console/#oidc`);
  const own = { Authorization: '', Origin: gateway.url, Cookie };
  const entered = await ok('POST', way, {}, own);
  assert.deepEqual([entered.by, entered.name, entered.role], ['user', 'Rosa Blu', 'viewer']);
  await bad([401, 'E_DENIED'], 'POST', way, {}, own);
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
