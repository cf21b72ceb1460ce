// People who sign in: the first one by the link that serve prints, others by links of theirs; password and code; what roles
// and portfolios keep from them; what stops guesses; what the audit trail says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { STEP_MS, code } from './lib/users.mjs';
import { anyDiskEnv, packFor, request, scratch, startProcess, until } from './lib/varco.mjs';

const PASSWORD = 'tre sandali rossi';
const ids = { mine: '700600500', other: '700600501' };

let gateway, token, state;

// --- calls ---

async function call(method, path, body, headers) {
  const r = await request(gateway.url + path, { method, body, headers });
  return { status: r.status, headers: r.headers, text: r.text, value: r.headers['content-type']?.includes('json') ? r.json() : undefined };
}

const asOperator = (method, path, body) => call(method, path, body, { Authorization: `Bearer ${token}` });
const asStranger = (method, path, body) => call(method, path, body, { Origin: gateway.url });
const by = (user) => (method, path, body) => call(method, path, body, { Origin: gateway.url, Cookie: user.cookie });

async function ok(promise) {
  const r = await promise;
  assert.equal(r.status, 200, r.text);
  return r.value;
}

function sitDown(r) {
  assert.equal(r.status, 200, r.text);
  const cookie = String(r.headers['set-cookie']);
  assert.match(cookie, /^__Host-varco=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  return { ...r.value, cookie: cookie.split(';')[0] };
}

// By a link of theirs: password and second factor.
async function setUp(url, values) {
  const link = url.split('#setup=')[1];
  const door = await ok(asStranger('POST', '/api/v1/session/look', { link, ...(values.name && { name: values.name }) }));
  const user = sitDown(await asStranger('POST', '/api/v1/session/setup', {
    link, password: PASSWORD, totp: code(door.secret), ...values,
  }));
  return { ...user, secret: door.secret, link, door };
}

async function add(name, role, portfolios) {
  const made = await ok(asOperator('POST', '/api/v1/users', { name, role, ...(portfolios && { portfolios }) }));
  return { id: made.id, ...await setUp(made.url, {}) };
}

// A code of the step behind the last one that was used, which is taken a step early.
const next = (user) => code(user.secret, Date.now() + STEP_MS);

before(async () => {
  state = scratch('users');
  gateway = await startProcess(['serve'], {
    env: {
      VARCO_SERVER_LISTEN: '127.0.0.1:0', VARCO_SERVER_STATE_DIR: state, VARCO_UPSTREAM_BASE_URL: 'http://127.0.0.1:9',
      VARCO_POLICY_MODE: 'enforce', ...anyDiskEnv, VARCO_POLICY_PACK: packFor({ night: true }),
    },
  });
  token = readFileSync(join(state, 'admin.token'), 'utf8').trim();
  for (const [name, portfolio] of Object.entries(ids)) {
    const n = name === 'mine' ? 0 : 1;
    await ok(asOperator('POST', '/api/v1/accounts', { waba: `90080070${n}`, portfolio, name: `Calzature ${name}` }));
    await ok(asOperator('POST', '/api/v1/numbers', {
      waba: `90080070${n}`, id: `10020030${n}`, display: `+3933312345${n}0`, established: true,
    }));
  }
});

after(() => gateway?.stop());

// --- tests ---

test('the first user is made by the link that serve prints, once', async () => {
  const [url] = await until(() => /http\S+#setup=[\w-]{43}/.exec(gateway.log()), 'the link');
  const link = url.split('#setup=')[1];
  const door = await ok(asStranger('POST', '/api/v1/session/look', { link, name: 'Giulia Verdi' }));
  assert.deepEqual([door.for, door.name, door.new_factor], ['first', null, true]);
  assert.match(door.uri, /^otpauth:\/\/totp\/Varco:Giulia%20Verdi\?secret=[A-Z2-7]{32}&issuer=Varco$/);
  assert.match(door.svg, /^<\?xml|^<svg/);
  const setup = (values) => asStranger('POST', '/api/v1/session/setup', {
    link, name: 'Giulia Verdi', password: PASSWORD, totp: code(door.secret), ...values,
  });
  for (const [field, values] of [
    ['password', { password: 'troppo' }], ['password', { password: 'Giulia Verdi' }], ['totp', { totp: '000000' }],
    ['name', { name: 'admin' }], ['link', { link: 'x' }],
  ]) {
    const r = await setup(values);
    assert.ok(r.status >= 400 && r.value.field === field, `${JSON.stringify(values)}: ${r.text}`);
  }
  const giulia = sitDown(await setup({}));
  assert.deepEqual([giulia.name, giulia.role, giulia.recovery.length, new Set(giulia.recovery).size], ['Giulia Verdi', 'admin', 10, 10]);
  assert.equal((await setup({})).status, 403);
  const seen = await ok(by(giulia)('GET', '/api/v1/session'));
  assert.deepEqual([seen.by, seen.name, seen.role, seen.may.includes('addUser')], ['user', 'Giulia Verdi', 'admin', true]);
  const trail = await ok(asOperator('GET', '/api/v1/audit?operation=setUpSession'));
  assert.deepEqual(trail.items.map((x) => [x.by, x.from, x.values.password, x.values.totp, x.values.link]),
    [['Giulia Verdi', '127.0.0.1', 'given', 'given', 'given']]);
});

test('a name, a password and a code sign in; a code does once, and a recovery code too', async () => {
  const marta = await add('Marta Neri', 'author');
  const signIn = (values) => asStranger('POST', '/api/v1/session', { name: 'marta neri', password: PASSWORD, ...values });
  const asked = await signIn({});
  assert.deepEqual([asked.status, asked.value.field], [401, 'totp']);
  assert.equal((await signIn({ totp: next(marta), password: 'un’altra cosa ancora' })).value.field, 'password');
  const italian = await call('POST', '/api/v1/session', { name: 'Marta Neri', password: 'x' }, { Origin: gateway.url, 'Accept-Language': 'it' });
  assert.match(italian.value.detail, /^Il nome o la password/);
  const totp = next(marta);
  const again = sitDown(await signIn({ totp }));
  assert.notEqual(again.cookie, marta.cookie);
  assert.deepEqual([again.by, again.name, again.role], ['user', 'Marta Neri', 'author']);
  const replay = await signIn({ totp });
  assert.deepEqual([replay.status, replay.value.field], [401, 'totp'], replay.text);
  const spaced = `${marta.recovery[3].slice(0, 8)}-${marta.recovery[3].slice(8)}`.toUpperCase();
  sitDown(await signIn({ totp: spaced }));
  assert.equal((await signIn({ totp: spaced })).value.field, 'totp');
  assert.equal((await ok(asOperator('GET', `/api/v1/users/${marta.id}`))).recovery_left, 9);
});

test('who signs in anew leaves the session before', async () => {
  const rosa = await add('Rosa Blu', 'viewer');
  const first = by(rosa);
  assert.equal((await first('GET', '/api/v1/session')).status, 200);
  const r = sitDown(await first('POST', '/api/v1/session', { name: 'Rosa Blu', password: PASSWORD, totp: next(rosa) }));
  assert.equal((await first('GET', '/api/v1/session')).status, 401);
  assert.equal((await by(r)('GET', '/api/v1/session')).status, 200);
});

async function refusals() {
  const { text } = await request(`${gateway.url}/metrics`);
  const rows = text.matchAll(/^varco_signins_refused_total\{reason="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...rows].map(([, reason, n]) => [reason, Number(n)]));
}

test('what the gateway has no room to look at is no guess; refusals are counted by why', async () => {
  await add('Anna Viola', 'viewer');
  const earlier = await refusals();
  assert.deepEqual(Object.keys(earlier).sort(), ['code', 'link', 'no_room', 'password', 'provider', 'wait']);
  assert.ok(earlier.password >= 2 && earlier.code >= 2 && earlier.link >= 1, JSON.stringify(earlier));
  // Lists take all places in the line behind the passwords that are being looked at. Five passwords at once are as many as
  // are free: one that stayed counted would make the next ones wait.
  const signIn = () => asStranger('POST', '/api/v1/session', { name: 'Anna Viola', password: PASSWORD });
  const lists = () => Array.from({ length: 100 }, () => asOperator('GET', '/api/v1/decisions'));
  for (let full = 0; full < 6;) {
    const all = [signIn(), signIn(), signIn(), ...lists(), signIn(), signIn()];
    const statuses = (await Promise.all(all)).map((r) => r.status), ours = [...statuses.slice(0, 3), ...statuses.slice(-2)];
    assert.ok(ours.every((s) => s === 401 || s === 503), String(ours));
    full += ours.filter((s) => s === 503).length;
  }
  const now = await refusals();
  assert.ok(now.no_room >= 6, JSON.stringify(now));
  assert.deepEqual([now.wait, now.password], [earlier.wait, earlier.password]);
  assert.equal((await asStranger('POST', '/api/v1/session', { link: 'x'.repeat(43) })).status, 403);
  assert.equal((await refusals()).link, now.link + 1);
});

test('guesses have to wait, of who is there and of who is not', async () => {
  await add('Paolo Grigi', 'viewer');
  // The second may wait for the guesses that came from this address before.
  for (const [name, free] of [['Paolo Grigi', 5], ['Nessuno Qui', 1]]) {
    const guess = (password) => asStranger('POST', '/api/v1/session', { name, password });
    const refused = [];
    let r = await guess('sbagliata di certo');
    // On a slow machine a wait of a second is over before the next guess; each is twice as long.
    for (; r.status === 401; r = await guess('sbagliata di certo')) refused.push(r.text);
    assert.equal(r.status, 429, name);
    assert.ok(refused.length >= free, `${name}: ${refused.length}`);
    assert.deepEqual(new Set(refused).size, 1, name);
    assert.match(r.headers['retry-after'], /^[1-9]\d*$/);
  }
});

test('a role keeps what is not its own from a user, by the next request', async () => {
  const luca = await add('Luca Bianchi', 'viewer');
  const asLuca = by(luca);
  const pause = () => asLuca('POST', '/api/v1/numbers/100200300/pause', { purpose: 'marketing', reason: 'Prova' });
  const refused = await pause();
  assert.equal(refused.status, 403);
  assert.match(refused.value.detail, /viewer.*author, approver, compliance, admin/);
  await ok(asOperator('PATCH', '/api/v1/users/Luca%20Bianchi', { role: 'approver' }));
  const paused = await ok(pause());
  assert.equal(paused.paused.find((x) => x.reason === 'Prova').by, 'Luca Bianchi');
  const forged = await asLuca('POST', '/api/v1/numbers/100200300/resume', { by: 'Marta Neri' });
  assert.deepEqual([forged.status, forged.value.field], [403, 'by']);
  await ok(asLuca('POST', '/api/v1/numbers/100200300/resume', {}));
  assert.equal((await asLuca('GET', '/api/v1/users')).status, 403);
  assert.equal((await asLuca('GET', '/api/v1/audit')).status, 403);
  await ok(asOperator('PATCH', `/api/v1/users/${luca.id}`, { disabled: true }));
  assert.equal((await asLuca('GET', '/api/v1/session')).status, 401);
  await ok(asOperator('PATCH', `/api/v1/users/${luca.id}`, { disabled: false }));
  assert.equal((await asLuca('GET', '/api/v1/session')).status, 401, 'the old cookie is worth nothing');
});

test('who is bound to a portfolio sees and does what is of it', async () => {
  const anna = await add('Anna Rossi', 'author', [ids.mine]);
  const asAnna = by(anna);
  const names = async (path, member) => (await ok(asAnna('GET', path))).items.map((x) => x[member]);
  assert.deepEqual(await names('/api/v1/accounts', 'waba'), ['900800700']);
  assert.deepEqual(await names('/api/v1/numbers', 'id'), ['100200300']);
  assert.equal((await asAnna('GET', '/api/v1/numbers/100200300')).status, 200);
  for (const [method, path, body] of [
    ['GET', '/api/v1/numbers/100200301'], ['GET', '/api/v1/accounts/900800701'],
    ['GET', '/api/v1/decisions?number=100200301'], ['GET', '/api/v1/changes?object=number:100200301'],
    ['GET', '/api/v1/imports'], ['POST', '/api/v1/consents/show', { phone: '+393331234567' }],
    ['POST', '/api/v1/numbers/100200301/pause', { purpose: 'marketing', reason: 'x' }],
    ['POST', '/api/v1/pauses', { scope: 'template', id: '900800701/a/it', purpose: 'marketing', reason: 'x' }],
    ['POST', '/api/v1/links', { number: '100200301', purpose: 'marketing', text: 'Sì' }],
  ]) {
    const r = await asAnna(method, path, body);
    assert.equal(r.status, 403, `${method} ${path}: ${r.text}`);
  }
  assert.deepEqual(await ok(asAnna('GET', '/api/v1/decisions')), await ok(asAnna('GET', '/api/v1/decisions?number=100200300')));
  await ok(asAnna('GET', '/api/v1/changes?object=number:100200300'));
  const seen = await ok(asAnna('GET', '/api/v1/session'));
  assert.deepEqual([seen.portfolios, seen.may.includes('listImports'), seen.may.includes('listNumbers')], [[ids.mine], false, true]);
});

test('who is bound to a portfolio looks at what is of it, and tries nothing of another', async () => {
  const gina = by(await add('Gina Sala', 'viewer', [ids.mine]));
  const app = await ok(asOperator('POST', '/api/v1/integrations', {
    name: 'both', owner: 'Marta Neri', purpose: 'Ordini', numbers: ['100200300', '100200301'], categories: ['service'],
  }));
  const body = (to) => ({ messaging_product: 'whatsapp', to, type: 'text', text: { body: 'Ciao' } });
  const sent = {};
  for (const number of ['100200300', '100200301']) {
    const r = await call('POST', `/v25.0/${number}/messages`, body('+393331234577'), { Authorization: `Bearer ${app.key}` });
    sent[number] = r.headers['varco-decision'];
    assert.match(sent[number], /^dec_/, r.text);
  }
  const all = await ok(asOperator('GET', '/api/v1/overview'));
  assert.deepEqual([all.portfolios.length, all.reasons.looked_at], [2, 2]);
  const own = await ok(gina('GET', '/api/v1/overview'));
  assert.deepEqual(own.portfolios.map((p) => p.portfolio), [ids.mine]);
  assert.equal(own.reasons.looked_at, 1);
  assert.equal((await ok(gina('POST', '/api/v1/decisions/simulate', { decision: sent['100200300'] }))).was, 'refuse');
  assert.equal((await gina('POST', '/api/v1/decisions/simulate', { decision: sent['100200301'] })).status, 404);
  assert.equal((await gina('POST', '/api/v1/decisions/simulate', { number: '100200301', file: JSON.stringify(body('+393331234577')) })).status, 404);
  assert.equal((await gina('POST', '/api/v1/people/find', { phone: '+393331234577' })).status, 403);
});

test('of the register and of alarms, who is bound to a portfolio sees what is of it', async () => {
  const register = async (name, numbers) => (await ok(asOperator('POST', '/api/v1/integrations', {
    name, owner: 'Marta Neri', purpose: 'Prova', numbers, categories: ['utility'],
  }))).id;
  const mine = await register('negozio', ['100200300']);
  const others = [await register('altrui', ['100200301']), await register('di tutti', ['100200300', '100200301'])];
  for (const object of ['900800700', '900800701']) {
    await ok(asOperator('POST', '/api/v1/incidents', { scope: 'waba', object, kind: 'restricted', text: 'Prova' }));
  }
  const elena = by(await add('Elena Gialli', 'viewer', [ids.mine]));
  const list = async (path) => (await ok(elena('GET', path))).items;
  const told = async () => (await ok(asOperator('GET', '/api/v1/alarms?kind=incident.opened'))).items;
  await until(async () => (await told()).length === 2, 'both alarms');
  assert.deepEqual((await list('/api/v1/alarms')).map((a) => [a.kind, a.scope]), [['incident.opened', 'waba:900800700']]);
  assert.deepEqual((await list('/api/v1/integrations')).map((x) => x.id), [mine]);
  assert.equal((await ok(elena('GET', `/api/v1/integrations/${mine}`))).name, 'negozio');
  await ok(elena('GET', '/api/v1/integrations/negozio/history'));
  for (const id of [...others, 'altrui']) assert.equal((await elena('GET', `/api/v1/integrations/${id}`)).status, 403, id);
  assert.equal((await elena('GET', '/api/v1/integrations/nessuno')).status, 404);
  assert.deepEqual([await list('/api/v1/webhooks'), await list('/api/v1/bypasses')], [[], []]);
  for (const path of ['integrations/export', 'webhooks/deliveries', 'imports', 'webhooks/deliveries?app=altrui']) {
    assert.equal((await elena('GET', `/api/v1/${path}`)).status, 403, path);
  }
});

test('what a bound user may make for a number, they may look at and end; of other numbers they see none', async () => {
  const link = async (number) => (await ok(asOperator('POST', '/api/v1/links', {
    number, purpose: 'marketing', text: 'Sì, scrivetemi', source: 'vetrina',
  }))).id;
  const reply = (name, number) => ok(asOperator('POST', '/api/v1/autoreplies', { name, app: 'di tutti', number, kind: 'welcome', text: 'Ciao' }));
  const links = [await link('100200300'), await link('100200301')];
  await reply('mio', '100200300');
  await reply('altrui', '100200301');
  const vera = by(await add('Vera Rosa', 'author', [ids.mine]));
  assert.deepEqual((await ok(vera('GET', '/api/v1/links'))).items.map((l) => l.id), [links[0]]);
  assert.equal((await ok(vera('GET', `/api/v1/links/${links[0]}`))).number, '100200300');
  await ok(vera('POST', `/api/v1/links/${links[0]}/end`, {}));
  assert.equal((await ok(vera('GET', '/api/v1/autoreplies/mio'))).number, '100200300');
  await ok(vera('DELETE', '/api/v1/autoreplies/mio'));
  for (const path of ['requests', 'triggers']) assert.deepEqual((await ok(vera('GET', `/api/v1/${path}`))).items, []);
  for (const [method, path] of [
    ['GET', `links/${links[1]}`], ['POST', `links/${links[1]}/end`], ['GET', `links/${links[1]}/qr`],
    ['GET', 'autoreplies/altrui'], ['DELETE', 'autoreplies/altrui'],
  ]) assert.equal((await vera(method, `/api/v1/${path}`, method === 'POST' ? {} : undefined)).status, 403, path);
  for (const path of ['links/lnk_0c5gq3hr8v2zk', 'requests/req_0c5gq3hr8v2zk', 'triggers/nessuno']) {
    assert.equal((await vera('GET', `/api/v1/${path}`)).status, 404, path);
  }
});

test('narrowing to a portfolio adds nothing to what a bound user sees', async () => {
  const lara = by(await add('Lara Fonti', 'viewer', [ids.mine]));
  const denied = async (path) => {
    const r = await lara('GET', path);
    return [r.status, r.value.field];
  };
  for (const list of ['incidents', 'alarms', 'integrations', 'decisions', 'stops']) {
    assert.deepEqual(await denied(`/api/v1/${list}?portfolio=${ids.other}`), [403, 'portfolio'], list);
    assert.deepEqual(await denied(`/api/v1/${list}?portfolio=1`), [403, 'portfolio'], 'nor whether there is one');
    assert.deepEqual((await ok(lara('GET', `/api/v1/${list}?portfolio=${ids.mine}`))).items, (await ok(lara('GET', `/api/v1/${list}`))).items);
  }
  assert.deepEqual(await denied(`/api/v1/decisions?number=100200300&portfolio=${ids.other}`), [403, 'portfolio']);
  assert.deepEqual(await denied(`/api/v1/decisions?number=100200301&portfolio=${ids.mine}`), [403, 'number']);
});

test('a bound author edits what is of their portfolio, and moves nothing to another', async () => {
  const piero = by(await add('Piero Conti', 'author', [ids.mine]));
  const paola = by(await add('Paola Riva', 'approver', [ids.mine]));
  const gioia = by(await add('Gioia Testa', 'admin'));
  const definition = [{ name: 'pronto', language: 'it', category: 'UTILITY', status: 'APPROVED', components: [{ type: 'BODY', text: 'Il tuo ordine è pronto.' }] }];
  for (const waba of ['900800700', '900800701']) await ok(asOperator('POST', '/api/v1/templates', { waba, file: definition }));
  const make = (number) => ok(asOperator('POST', '/api/v1/campaigns', {
    name: 'Ordini', number, template: ['pronto'], language: 'it', audience: 'phone\n+393331234577\n', by: 'Marta Neri' }));
  const [mine, others] = [await make('100200300'), await make('100200301')];
  const path = `/api/v1/campaigns/${mine.id}`;
  assert.equal((await piero('PATCH', `/api/v1/campaigns/${others.id}`, { name: 'x' })).status, 403);
  assert.equal((await paola('PATCH', path, { name: 'x' })).status, 403, 'an approver is no author');
  const moved = await piero('PATCH', path, { number: '100200301', audience: 'phone\n+393331234577\n' });
  assert.deepEqual([moved.status, moved.value.field], [403, 'number']);
  assert.deepEqual((await ok(piero('PATCH', path, { name: 'Ordini di oggi', revision: mine.revision }))).edited_by, ['Piero Conti']);
  await ok(paola('POST', `${path}/preflight`, {}));
  await ok(gioia('PATCH', path, { name: 'Ordini di ieri' }));
  await ok(paola('POST', `${path}/preflight`, {}));
  assert.equal((await gioia('POST', `${path}/approve`, {})).status, 403, 'not even an administrator, having edited it');
  assert.equal((await ok(paola('POST', `${path}/approve`, {}))).state, 'approved');
  const app = await ok(asOperator('POST', '/api/v1/integrations', {
    name: 'risponde', owner: 'Marta Neri', purpose: 'Prova', numbers: ['100200300', '100200301'], categories: ['service'] }));
  await ok(asOperator('POST', '/api/v1/autoreplies', { name: 'ciao', kind: 'welcome', app: app.id, number: '100200300', text: 'Ciao' }));
  assert.equal((await ok(piero('PATCH', '/api/v1/autoreplies/ciao', { text: 'Buongiorno' }))).text, 'Buongiorno');
  const gone = await piero('PATCH', '/api/v1/autoreplies/ciao', { number: '100200301' });
  assert.deepEqual([gone.status, gone.value.field], [403, 'number']);
  assert.equal((await paola('PATCH', '/api/v1/autoreplies/ciao', { text: 'x' })).status, 403);
  await ok(asOperator('POST', `${path}/cancel`, {}));
});

test('a bound user turns pages of triggers, and reads no name of another portfolio', async () => {
  const trigger = (name, number) => ok(asOperator('POST', '/api/v1/triggers', {
    name, app: 'di tutti', number, file: { to: '/phone', event_id: '{/id}', template: { name: 'ordine', language: 'it', values: ['{/order}'] } },
  }));
  for (const [name, number] of [['a-altrui', 1], ['b-mio', 0], ['c-altrui', 1], ['d-mio', 0], ['e-altrui', 1]]) {
    await trigger(name, `10020030${number}`);
  }
  const rita = by(await add('Rita Neri', 'viewer', [ids.mine]));
  const page = async (query) => {
    const r = await ok(rita('GET', `/api/v1/triggers?limit=1${query}`));
    return [r.items.map((t) => t.name), r.next];
  };
  assert.deepEqual(await page(''), [['b-mio'], 'b-mio']);
  assert.deepEqual(await page('&cursor=b-mio'), [['d-mio'], null]);
  const all = await ok(asOperator('GET', '/api/v1/triggers?limit=4'));
  assert.deepEqual([all.items.length, all.next], [4, 'd-mio']);
});

test('sessions are listed and ended, by who may', async () => {
  const vera = await add('Vera Gialli', 'viewer'), ugo = await add('Ugo Viola', 'viewer');
  const own = (await ok(by(vera)('GET', '/api/v1/sessions'))).items;
  assert.deepEqual(own.map((x) => [x.name, x.current, x.from]), [['Vera Gialli', true, '127.0.0.1']]);
  const [ugos] = (await ok(asOperator('GET', '/api/v1/sessions?user=Ugo%20Viola'))).items;
  assert.equal((await by(vera)('DELETE', `/api/v1/sessions/${ugos.id}`)).status, 404);
  await ok(asOperator('DELETE', `/api/v1/sessions/${ugos.id}`));
  assert.equal((await by(ugo)('GET', '/api/v1/session')).status, 401);
  assert.equal((await by(vera)('GET', '/api/v1/session')).status, 200);
});

test('another password: by a link of an administrator, and by one of their own', async () => {
  const ada = await add('Ada Neri', 'viewer');
  const { url } = await ok(asOperator('POST', `/api/v1/users/${ada.id}/reset`, {}));
  assert.equal((await by(ada)('GET', '/api/v1/session')).status, 401);
  const link = url.split('#setup=')[1];
  const door = await ok(asStranger('POST', '/api/v1/session/look', { link }));
  assert.deepEqual([door.for, door.name, door.new_factor, door.secret], ['user', 'Ada Neri', false, null]);
  const second = 'quattro sandali blu';
  const now = sitDown(await asStranger('POST', '/api/v1/session/setup', { link, password: second, totp: next(ada) }));
  assert.deepEqual(now.recovery, []);
  const renew = (password) => by(now)('POST', '/api/v1/session/renew', { password, factor: true });
  assert.equal((await renew(PASSWORD)).status, 401);
  const renewed = await ok(renew(second));
  const other = await setUp(renewed.url, { password: 'cinque sandali verdi' });
  assert.notEqual(other.secret, ada.secret);
  assert.equal(other.recovery.length, 10);
  assert.equal((await asOperator('POST', '/api/v1/session/renew', { password: PASSWORD })).status, 403);
});

test('the audit trail says who, from where, what, and what was before', async () => {
  const dora = await add('Dora Bruni', 'viewer');
  await ok(asOperator('PATCH', `/api/v1/users/${dora.id}`, { role: 'author', portfolios: [ids.mine] }));
  await ok(asOperator('PATCH', '/api/v1/accounts/900800700', { name: 'Calzature Nuove' }));
  const [user] = (await ok(asOperator('GET', '/api/v1/audit?operation=setUser&limit=1'))).items;
  assert.deepEqual([user.by, user.object, user.values, user.before],
    ['admin', dora.id, { id: dora.id, portfolios: [ids.mine], role: 'author' }, { portfolios: [], role: 'viewer' }]);
  const [account] = (await ok(asOperator('GET', '/api/v1/audit?object=900800700&limit=1'))).items;
  assert.deepEqual([account.values.name, account.before], ['Calzature Nuove', { name: 'Calzature mine' }]);
  const all = await ok(asOperator('GET', '/api/v1/audit?limit=2'));
  const behind = await ok(asOperator('GET', `/api/v1/audit?limit=2&cursor=${all.next}`));
  assert.ok(behind.items[0].seq < all.items[1].seq);
  const csv = await asOperator('GET', '/api/v1/audit?format=csv&by=Dora%20Bruni');
  const lines = csv.text.trim().split('\r\n');
  assert.equal(lines[0], '"seq","at","by","from","operation","object","reason","values","before"');
  assert.equal(lines.length, 2);
  assert.match(lines[1], /"Dora Bruni","127\.0\.0\.1","setUpSession"/);
  assert.ok(!csv.text.includes(PASSWORD));
});

test('secrets are on no disk in the clear, and the ledger verifies', async () => {
  const files = ['varco.db', 'varco.db-wal'].map((name) => readFileSync(join(state, name)).toString('latin1')).join('');
  assert.ok(!files.includes(PASSWORD) && !files.includes('$argon2id$'));
  assert.ok(files.includes('Giulia Verdi'), 'the store was looked into');
});
