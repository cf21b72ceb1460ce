// Signing in by a sign-in provider: the whole way, and everything that keeps somebody out.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CLIENT, providerEnv, startProvider } from './lib/oidc_provider.mjs';
import { anyDiskEnv, packFor, request, scratch, startProcess, until } from './lib/varco.mjs';

const MARTA = { sub: '248289761001', email: 'Marta.Neri@shop.example', email_verified: true };

let provider, gateway, token, state;

async function call(method, path, body, headers) {
  const r = await request(gateway.url + path, { method, body, headers });
  return { status: r.status, headers: r.headers, text: r.text, value: r.text && r.headers['content-type']?.includes('json') ? r.json() : undefined };
}

const asOperator = (method, path, body) => call(method, path, body, { Authorization: `Bearer ${token}` });
const cookieOf = (r) => String(r.headers['set-cookie'] ?? '').split(';')[0];

async function ok(promise) {
  const r = await promise;
  assert.equal(r.status, 200, r.text);
  return r.value;
}

async function restart(env = {}, args = []) {
  await gateway?.stop();
  gateway = await startProcess(['serve', ...args], {
    env: {
      VARCO_SERVER_LISTEN: '127.0.0.1:0', VARCO_SERVER_STATE_DIR: state, VARCO_UPSTREAM_BASE_URL: 'http://127.0.0.1:9',
      ...providerEnv(provider, join(state, 'oidc.secret')), ...anyDiskEnv, VARCO_POLICY_PACK: packFor({ night: true }), ...env,
    },
  });
  token = readFileSync(join(state, 'admin.token'), 'utf8').trim();
}

before(async () => {
  state = scratch('oidc');
  writeFileSync(join(state, 'oidc.secret'), `${CLIENT.secret}\n`, { mode: 0o600 });
  provider = await startProvider();
  await restart();
  await ok(asOperator('POST', '/api/v1/users', { name: 'Marta Neri', role: 'author', oidc: 'marta.neri@shop.example' }));
});

after(async () => {
  await gateway?.stop();
  await provider?.stop();
});

// --- the steps of a browser ---

const strict = (r) => {
  assert.equal(r.status, 303, r.text);
  assert.equal(r.headers['cache-control'], 'no-store');
  assert.equal(r.headers['referrer-policy'], 'no-referrer');
  assert.match(r.headers['content-security-policy'], /default-src 'none'/);
  return r.headers.location;
};

async function start(headers = { 'Sec-Fetch-Site': 'same-origin' }) {
  const r = await call('GET', '/console/oidc/start', undefined, headers);
  return { to: strict(r), cookie: cookieOf(r), set: String(r.headers['set-cookie']) };
}

// What the provider answers a browser that is sent there: the address that it is sent back to.
async function atProvider(to) {
  const r = await request(to);
  assert.equal(r.status, 302, r.text);
  return r.headers.location;
}

async function back(location, cookie) {
  const { pathname, search, origin } = new URL(location);
  assert.equal(origin, gateway.url);
  return strict(await call('GET', pathname + search, undefined, { Cookie: cookie, 'Sec-Fetch-Site': 'cross-site' }));
}

const enter = (cookie, headers) => call('POST', '/api/v1/session/provider', {}, { Origin: gateway.url, Cookie: cookie, ...headers });
const word = (location) => /^http:\/\/127\.0\.0\.1:\d+\/console\/#oidc(?:=(\w+))?$/.exec(location)?.[1];

async function goThere(change = {}, user = MARTA) {
  provider.change = change;
  provider.user = user;
  const begun = await start();
  const home = await back(await atProvider(begun.to), begun.cookie);
  return { ...begun, home, word: word(home) };
}

// Somebody who is proved and then kept out.
async function refusal(user, change) {
  const there = await goThere(change, user);
  assert.equal(there.word, undefined, there.home);
  return enter(there.cookie);
}

// --- tests ---

test('the whole way: the provider, the code, the token, the session', async () => {
  const stranger = await ok(call('GET', '/api/v1/session/provider'));
  assert.deepEqual(stranger, { name: 'Calzature SSO', url: '/console/oidc/start' });
  const there = await goThere();
  assert.match(there.set, /^__Host-varco-oidc=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/);
  const asked = new URL(there.to).searchParams;
  assert.deepEqual([asked.get('response_type'), asked.get('client_id'), asked.get('scope'), asked.get('code_challenge_method'),
    asked.get('redirect_uri')], ['code', CLIENT.id, 'openid email', 'S256', `${gateway.url}/console/oidc/back`]);
  assert.equal(there.home, `${gateway.url}/console/#oidc`);
  const r = await enter(there.cookie);
  assert.equal(r.status, 200, r.text);
  assert.match(String(r.headers['set-cookie']), /^__Host-varco=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  assert.deepEqual([r.value.by, r.value.name, r.value.role], ['user', 'Marta Neri', 'author']);
  const seen = await ok(call('GET', '/api/v1/session', undefined, { Origin: gateway.url, Cookie: cookieOf(r) }));
  assert.equal(seen.name, 'Marta Neri');
  assert.equal((await enter(there.cookie)).status, 401, 'it is used up');
  const [act] = (await ok(asOperator('GET', '/api/v1/audit?operation=enterSession'))).items;
  assert.deepEqual([act.by, act.from, act.values], ['Marta Neri', '127.0.0.1', {}]);
  const user = await ok(asOperator('GET', '/api/v1/users/Marta%20Neri'));
  assert.deepEqual([user.oidc, user.password, user.object, act.object], ['marta.neri@shop.example', false, undefined, user.id]);
});

test('a key of a curve does as well', async () => {
  for (const alg of ['ES256', 'RS256']) {
    const there = await goThere({ alg });
    assert.equal((await enter(there.cookie)).status, 200, alg);
  }
});

test('keys that the provider made since are fetched, and not for every one that somebody makes up', async () => {
  const fetched = provider.asked['/keys'], threads = cpus().length;
  provider.rotate();
  for (let i = 0; i < 3; i++) assert.equal((await goThere()).word, undefined);
  for (let i = 0; i < 3 * threads; i++) assert.equal((await goThere({ header: { kid: `made-up-${i}` } })).word, 'token');
  // Each thread at its first sign-in, and once more.
  assert.ok(provider.asked['/keys'] - fetched <= 2 * threads, `${provider.asked['/keys'] - fetched}`);
});

test('a token that does not prove it is refused', async () => {
  const now = Math.floor(Date.now() / 1000);
  for (const [name, change] of Object.entries({
    issuer: { claims: { iss: 'https://login.other.example' } }, audience: { claims: { aud: 'another' } },
    party: { claims: { aud: [CLIENT.id, 'another'] } }, nonce: { claims: { nonce: 'x' } }, over: { claims: { exp: now - 3600 } },
    'of the future': { claims: { iat: now + 3600, exp: now + 7200 } }, subject: { claims: { sub: '' } }, none: { key: 'none' },
    hs256: { key: 'hs256' }, 'other key': { key: 'other' }, 'other curve': { key: 'other', alg: 'ES256' }, truncated: { token: 'eyJhbGciOiJSUzI1NiJ9.e30' },
    'no base 64': { token: 'eyJhbGciOiJSUzI1NiJ9.e30.***' }, huge: { token: 'a'.repeat(64 * 1024) }, 'no e-mail': { claims: { email: undefined } },
  })) {
    const there = await goThere(change);
    assert.equal(there.word, 'token', name);
    assert.equal((await enter(there.cookie)).status, 401, name);
  }
});

test('a way back is good once, for the browser that was sent there', async () => {
  provider.change = {};
  provider.user = MARTA;
  const one = await start(), other = await start();
  const home = await atProvider(one.to);
  assert.equal(word(await back(home, '')), 'again');
  assert.equal(word(await back(home, other.cookie)), 'again');
  assert.equal(word(await back(home.replace(/state=[\w-]+/, 'state=x'), one.cookie)), 'again');
  assert.equal(word(await back(home.replace(/state=[\w-]+&?/, ''), one.cookie)), 'again');
  assert.equal((await enter(one.cookie)).status, 401);
  assert.equal(word(await back(home, one.cookie)), undefined);
  assert.equal(word(await back(home, one.cookie)), 'again', 'the same state again');
  assert.equal((await enter(other.cookie)).status, 401);
  assert.equal((await enter(one.cookie, { Origin: 'https://evil.example' })).status, 401);
  assert.equal((await enter(one.cookie)).status, 200);
});

test('what the provider says instead of a code', async () => {
  assert.equal((await goThere({ error: 'access_denied' })).word, 'denied');
  assert.equal((await goThere({ error: 'server_error' })).word, 'refused');
  assert.equal((await goThere({ iss: 'https://login.other.example' })).word, 'refused');
});

test('what the exchange of the code ends with', async () => {
  const redirect = { status: 302, headers: { Location: `${provider.issuer}/keys` } };
  const keysBefore = provider.asked['/keys'];
  for (const [name, answer, expected] of [
    ['refused', { status: 400, headers: {}, body: '{"error":"invalid_grant"}' }, 'refused'],
    ['redirected', redirect, 'down'],
    ['broken', { status: 500, headers: {}, body: '' }, 'down'],
    ['no token', { status: 200, headers: {}, body: '{}' }, 'down'],
    ['a page', { status: 200, headers: {}, body: '<html>' }, 'down'],
    ['too much', { status: 200, headers: {}, body: `{"id_token":"${'a'.repeat(300 * 1024)}"}` }, 'down'],
  ]) assert.equal((await goThere({ answer })).word, expected, name);
  assert.equal(provider.asked['/keys'], keysBefore, 'no redirect was followed');
  provider.secret = 'another';
  assert.equal((await goThere()).word, 'refused');
  provider.secret = CLIENT.secret;
  assert.equal((await goThere()).word, undefined);
});

test('a browser is not sent there by another site, nor by another method', async () => {
  assert.equal(word((await start({ 'Sec-Fetch-Site': 'cross-site' })).to), 'again');
  for (const method of ['POST', 'HEAD']) {
    const r = await call(method, '/console/oidc/start');
    assert.deepEqual([r.status, r.headers.allow], [405, 'GET'], method);
  }
  assert.equal((await start({})).to.split('?')[0], `${provider.issuer}/authorize`);
});

test('who the provider knows and the gateway does not, and the other way round', async () => {
  const unknown = await refusal({ ...MARTA, email: 'luca.bianchi@shop.example' });
  assert.deepEqual([unknown.status, unknown.value.code], [403, 'E_DENIED']);
  assert.equal((await refusal({ ...MARTA, email_verified: false })).status, 403);
  assert.equal((await refusal({ ...MARTA, email_verified: undefined })).status, 403);
  const another = await refusal({ ...MARTA, sub: '1' });
  assert.match(another.value.detail, /somebody else/);
  await ok(asOperator('PATCH', '/api/v1/users/Marta%20Neri', { disabled: true }));
  const disabled = await refusal(MARTA);
  assert.deepEqual([disabled.status, disabled.headers['set-cookie']], [403, undefined]);
  await ok(asOperator('PATCH', '/api/v1/users/Marta%20Neri', { disabled: false }));
  const acts = (await ok(asOperator('GET', '/api/v1/audit?operation=refuseSession&limit=5'))).items;
  const { id } = await ok(asOperator('GET', '/api/v1/users/Marta%20Neri'));
  assert.deepEqual(acts.map((x) => [x.by, x.values.reason, x.object]).reverse(), [
    ['stranger', 'unknown', null], ['stranger', 'unverified', id], ['stranger', 'unverified', id], ['stranger', 'another', id],
    ['stranger', 'disabled', id],
  ]);
  assert.ok(!JSON.stringify(acts).includes('shop.example'), 'the ledger cannot forget an address');
});

test('who is refused again and again has to wait', async () => {
  const tries = [];
  for (let i = 0; i < 12 && !tries.includes(429); i++) tries.push((await refusal({ ...MARTA, email: 'nessuno@shop.example' })).status);
  assert.equal(tries.at(-1), 429, String(tries));
  assert.ok(tries.slice(0, -1).every((status) => status === 403));
  // Each refusal is on the ledger, so of somebody else under her name there are not many either; she herself comes in.
  assert.equal((await refusal(MARTA)).status, 200);
  const others = [];
  for (let i = 0; i < 12 && !others.includes(429); i++) others.push((await refusal({ ...MARTA, sub: '1' })).status);
  assert.equal(others.at(-1), 429, String(others));
  assert.equal((await refusal(MARTA)).status, 200);
});

test('a user has the one way to sign in, or the other', async () => {
  const users = '/api/v1/users';
  for (const [status, field, oidc] of [[400, 'oidc', 'no address'], [409, 'oidc', 'MARTA.NERI@shop.example'], [400, 'oidc', '']]) {
    const r = await asOperator('POST', users, { name: 'Rosa Blu', role: 'viewer', oidc });
    assert.deepEqual([r.status, r.value.field], [status, field], r.text);
  }
  const made = await ok(asOperator('POST', users, { name: 'Rosa Blu', role: 'viewer' }));
  const link = made.url.split('#setup=')[1];
  const look = () => call('POST', '/api/v1/session/look', { link }, { Origin: gateway.url });
  await ok(look());
  const bound = await ok(asOperator('PATCH', `${users}/${made.id}`, { oidc: 'Rosa.Blu@shop.example' }));
  assert.equal(bound.oidc, 'rosa.blu@shop.example');
  assert.equal((await look()).status, 403, 'the link is worth nothing any more');
  assert.equal((await asOperator('POST', `${users}/${made.id}/reset`, {})).status, 400);
  const rosa = { sub: '7', email: 'rosa.blu@shop.example', email_verified: true };
  const in_ = await refusal(rosa);
  assert.equal(in_.status, 200, in_.text);
  const as = { Origin: gateway.url, Cookie: cookieOf(in_) };
  assert.equal((await call('POST', '/api/v1/session/renew', { password: 'x' }, as)).status, 403);
  const free = await ok(asOperator('PATCH', `${users}/${made.id}`, { oidc: 'none' }));
  assert.equal(free.oidc, null);
  assert.equal((await call('GET', '/api/v1/session', undefined, as)).status, 401, 'that way in is closed');
  assert.equal((await refusal(rosa)).status, 403);
  await ok(asOperator('POST', `${users}/${made.id}/reset`, {}));
  const [act] = (await ok(asOperator('GET', '/api/v1/audit?operation=setUser&limit=1'))).items;
  assert.equal(act.values.oidc, 'given');
});

test('a user who is removed is let in no more', async () => {
  await ok(asOperator('POST', '/api/v1/users', { name: 'Ugo Viola', role: 'viewer', oidc: 'ugo@shop.example' }));
  const ugo = { sub: '9', email: 'ugo@shop.example', email_verified: true };
  const there = await goThere({}, ugo);
  await ok(asOperator('DELETE', '/api/v1/users/Ugo%20Viola'));
  assert.equal((await enter(there.cookie)).status, 403);
});

test('keys that are on their way are waited for by all, and asked for again when they did not come', async () => {
  await restart({}, ['--threads', '1']);
  assert.equal((await goThere()).word, undefined);
  const exchanged = provider.asked['/token'];
  provider.rotate();
  provider.before['/keys'] = async () => {
    await until(() => provider.asked['/token'] === exchanged + 3, 'the exchanges');
    for (let i = 0; i < 20; i++) await call('GET', '/healthz');
  };
  const trips = await Promise.all([goThere(), goThere(), goThere()]);
  assert.deepEqual(trips.map((trip) => trip.word), [undefined, undefined, undefined]);

  provider.before = {};
  await restart({}, ['--threads', '1']);
  assert.equal((await goThere()).word, undefined);
  provider.rotate();
  provider.before['/keys'] = (req, res) => res.destroy();
  assert.equal((await goThere()).word, 'down');
  provider.before = {};
  await until(async () => (await goThere()).word === undefined, 'the new keys');
});

test('a provider that is down, of another issuer, or elsewhere', async () => {
  await provider.stop();
  await restart();
  assert.equal(word((await start()).to), 'down');
  await provider.start();
  for (const document of [{ issuer: 'https://login.other.example' }, { token_endpoint: 'http://192.0.2.1/token' },
    { jwks_uri: undefined }, { code_challenge_methods_supported: ['plain'] }]) {
    provider.change = { document };
    await restart();
    assert.equal(word((await start()).to), 'down', JSON.stringify(document));
  }
  provider.change = {};
  // What went wrong is not tried again at once.
  await until(async () => (await start()).to.startsWith(`${provider.issuer}/authorize`), 'the provider');
});

test('a configuration that cannot be', async () => {
  for (const [env, field] of [
    [{ VARCO_OIDC_CLIENT_ID: '' }, 'oidc.client_id'], [{ VARCO_OIDC_ISSUER: 'http://login.shop.example' }, 'oidc.issuer'],
    [{ VARCO_OIDC_SCOPES: 'email' }, 'oidc.scopes'], [{ VARCO_OIDC_CLIENT_SECRET_FILE: join(state, 'absent') }, 'absent'],
  ]) {
    await assert.rejects(restart(env), (e) => e.message.includes(field), field);
    gateway = undefined;
  }
});

test('without a provider there is none', async () => {
  await restart({ VARCO_OIDC_ISSUER: undefined, VARCO_OIDC_CLIENT_ID: undefined, VARCO_OIDC_CLIENT_SECRET_FILE: undefined });
  assert.deepEqual(await ok(call('GET', '/api/v1/session/provider')), { name: null, url: null });
  assert.equal((await call('GET', '/console/oidc/start')).status, 404);
  assert.equal((await call('GET', '/console/oidc/back')).status, 404);
  assert.equal((await enter('__Host-varco-oidc=x')).status, 401);
});
