// The other Graph paths: media, what an app may see, and every way round the gate that is closed.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { company, person, request, startReceiver, startWorld, template, until } from './lib/varco.mjs';

const [number, second] = company.numbers;
const FOREIGN = { waba: '911800700', number: '191200300' };

let world;
let hook;
let stranger; // an app of another company, with a number of its own

before(async () => {
  hook = await startReceiver();
  world = await startWorld({ company: { people: 9, webhook: { url: hook.url, secret: 'secret' } } });
  await world.api('POST', '/api/v1/accounts', {
    waba: FOREIGN.waba, portfolio: '711600500', name: 'Altra Ditta', country: 'IT', limit: 'unlimited',
    token_file: 'another-token', app_secret_file: 'another-secret', verify_token_file: 'another-verify',
  });
  await world.api('POST', '/api/v1/numbers', {
    waba: FOREIGN.waba, id: FOREIGN.number, display: '+39 02 5550199', established: true,
  });
  stranger = await world.api('POST', '/api/v1/integrations', {
    name: 'altra', owner: 'Ada Bruni', purpose: 'Altro', numbers: [FOREIGN.number], categories: ['service'],
  });
  await world.sim.config({ portfolio: '711600500', waba: FOREIGN.waba, number: FOREIGN.number });
});

after(async () => {
  await world.stop();
  await hook.close();
});

function call(method, path, { key = world.app.key, headers, body } = {}) {
  return request(world.url + path, {
    method, body, headers: { ...(key && { Authorization: `Bearer ${key}` }), ...headers },
  });
}

function assertRefused(r, status, code) {
  assert.equal(r.status, status, r.text);
  assert.equal(r.json().error.code, code, r.text);
}

// --- media ---

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const picture = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from(Array.from({ length: 4000 }, (_, i) => i % 251))]);

function form(parts) {
  const boundary = 'una-riga-che-non-c-e';
  const chunks = parts.flatMap(({ name, filename, type, value }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename ? `; filename="${filename}"` : ''}\r\n` +
      `${type ? `Content-Type: ${type}\r\n` : ''}\r\n`, value, '\r\n',
  ]);
  return {
    body: Buffer.concat([...chunks, `--${boundary}--\r\n`].map((x) => Buffer.from(x))),
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
  };
}

function upload(bytes, type, options = {}) {
  return call('POST', `/v25.0/${options.number ?? number}/media`, {
    ...options,
    ...form([
      { name: 'messaging_product', value: 'whatsapp' },
      { name: 'type', value: type },
      { name: 'file', filename: 'file.bin', type, value: bytes },
    ]),
  });
}

async function uploaded(bytes = picture, type = 'image/png') {
  const r = await upload(bytes, type);
  assert.equal(r.status, 200, r.text);
  return r.json().id;
}

test('a file goes up, its address comes back as ours, and it comes down again as it was', async () => {
  const mark = await world.sim.mark();
  const id = await uploaded();
  const shown = await call('GET', `/v25.0/${id}`);
  assert.equal(shown.status, 200, shown.text);
  const { url, mime_type: type, file_size: size } = shown.json();
  assert.ok(url.startsWith(`${world.url}/media/`), url);
  assert.equal(type, 'image/png');
  assert.equal(Number(size), picture.length);
  assert.ok(!url.includes(new URL(world.sim.url).host));
  const down = await request(url, { headers: { Authorization: `Bearer ${world.app.key}` } });
  assert.equal(down.status, 200);
  assert.equal(down.headers['content-type'], 'image/png');
  assert.equal(sha256(down.bytes), sha256(picture));
  for (const x of await world.sim.log(mark)) {
    assert.equal(x.headers.authorization, `Bearer ${company.token}`, 'only the token of Meta goes to Meta');
    assert.ok(!JSON.stringify(x).includes(world.app.key), 'the key of an app left the house');
  }
});

test('a large file streams through both ways', async () => {
  const large = Buffer.alloc(24 << 20, 'una riga di un documento assai lungo\n');
  const id = await uploaded(large, 'application/pdf');
  const { url } = (await call('GET', `/v25.0/${id}`)).json();
  const down = await request(url, { headers: { Authorization: `Bearer ${world.app.key}` } });
  assert.equal(sha256(down.bytes), sha256(large));
});

test('media of others, and unknown ones, are 403, by id and by address', async () => {
  const id = await uploaded();
  const { url } = (await call('GET', `/v25.0/${id}`)).json();
  const mark = await world.sim.mark();
  assertRefused(await call('GET', `/v25.0/${id}`, { key: stranger.key }), 403, 200);
  assertRefused(await call('DELETE', `/v25.0/${id}`, { key: stranger.key }), 403, 200);
  assertRefused(await request(url, { headers: { Authorization: `Bearer ${stranger.key}` } }), 403, 200);
  assertRefused(await request(url), 403, 200);
  assertRefused(await call('GET', '/v25.0/4242424242424242'), 403, 200);
  assertRefused(await request(`${url.slice(0, -2)}00`, {
    headers: { Authorization: `Bearer ${world.app.key}` },
  }), 403, 200);
  assertRefused(await upload(picture, 'image/png', { key: stranger.key }), 403, 200);
  assertRefused(await upload(picture, 'image/png', { key: null }), 401, 190);
  assert.equal((await world.sim.log(mark)).length, 0, 'something went through');
});

test('what a person sends can be fetched by the app', async () => {
  await world.sim.inbound({ number, from: person(1), type: 'image', mime_type: 'image/jpeg', content: 'pixel' });
  const message = await until(() => hook.posts.flatMap((post) => post.json.entry)
    .flatMap((entry) => entry.changes.flatMap((x) => x.value.messages ?? [])).find((x) => x.type === 'image'), 'the image');
  const shown = await call('GET', `/v25.0/${message.image.id}`);
  assert.equal(shown.status, 200, shown.text);
  const down = await request(shown.json().url, { headers: { Authorization: `Bearer ${world.app.key}` } });
  assert.equal(down.status, 200);
  assertRefused(await call('GET', `/v25.0/${message.image.id}`, { key: stranger.key }), 403, 200);
});

test('a file is sent by its id, and deleted', async () => {
  const id = await uploaded();
  const sent = await world.send({
    messaging_product: 'whatsapp', to: person(1), type: 'image', image: { id, caption: 'Ecco' },
  });
  assert.equal(sent.status, 200, sent.text);
  const gone = await call('DELETE', `/v25.0/${id}`);
  assert.equal(gone.status, 200, gone.text);
  assert.equal(gone.json().success, true);
});

// --- scope ---

const scope = [
  { name: 'its number', path: `/v25.0/${number}?fields=display_phone_number,quality_rating`, status: 200 },
  { name: 'its WABA', path: `/v25.0/${company.waba}/phone_numbers`, status: 200 },
  { name: 'templates of its WABA', path: `/v25.0/${company.waba}/message_templates?limit=3`, status: 200 },
  { name: 'the number of somebody else', path: `/v25.0/${FOREIGN.number}`, status: 403, code: 200 },
  { name: 'the WABA of somebody else', path: `/v25.0/${FOREIGN.waba}/message_templates`, status: 403, code: 200 },
  { name: 'an unknown object', path: '/v25.0/123456789', status: 403, code: 200 },
  { name: 'itself', path: '/v25.0/me', status: 403, code: 200 },
  { name: 'a portfolio', path: `/v25.0/${company.portfolio}`, status: 403, code: 200 },
  { name: 'without a key', path: `/v25.0/${number}`, key: null, status: 401, code: 190 },
  { name: 'with a wrong key', path: `/v25.0/${number}`, key: 'vk_wrong', status: 401, code: 190 },
];

for (const { name, path, key, status, code } of scope) {
  test(`scope: ${name}`, async () => {
    const mark = await world.sim.mark();
    const r = await call('GET', path, { key });
    assert.equal(r.status, status, r.text);
    const log = await world.sim.log(mark);
    assert.equal(log.length, status === 200 ? 1 : 0);
    if (code) assertRefused(r, status, code);
    else assert.equal(log[0].headers.authorization, `Bearer ${company.token}`);
  });
}

test('a key in the query is taken, and does not go on', async () => {
  const mark = await world.sim.mark();
  const r = await call('GET', `/v25.0/${number}?access_token=${world.app.key}&fields=id`, { key: null });
  assert.equal(r.status, 200, r.text);
  const log = JSON.stringify(await world.sim.log(mark));
  assert.ok(!log.includes(world.app.key));
});

test('a revoked app sees nothing any more', async () => {
  const fired = await world.api('POST', '/api/v1/integrations', {
    name: 'vecchia', owner: 'Ada Bruni', purpose: 'Prova', numbers: [second], categories: ['service'],
  });
  assert.equal((await call('GET', `/v25.0/${second}`, { key: fired.key })).status, 200);
  await world.api('POST', `/api/v1/integrations/${fired.id}/revoke`, {});
  assertRefused(await call('GET', `/v25.0/${second}`, { key: fired.key }), 403, 200);
  const r = await world.send(template(person(2), 'order_shipped', '1'), { appKey: fired.key, number: second });
  assert.equal(r.status, 403, r.text);
});

test('what others use as well is taken away only by who has all numbers of the account', async () => {
  const half = await world.api('POST', '/api/v1/integrations', {
    name: 'metà', owner: 'Ada Bruni', purpose: 'Prova', numbers: [second], categories: ['utility'],
  });
  const path = `/v25.0/${company.waba}/message_templates?name=order_shipped`;
  assert.equal((await call('GET', `/v25.0/${company.waba}/message_templates`, { key: half.key })).status, 200);
  const mark = await world.sim.mark();
  assertRefused(await call('DELETE', path, { key: half.key }), 403, 200);
  assert.equal((await world.sim.log(mark)).length, 0, 'it went through');
  await call('DELETE', path); // the app that has all of them
  assert.equal((await world.sim.log(mark)).length, 1);
  // A file belongs to nobody in particular: who may use the account may delete it.
  const id = await uploaded();
  assert.equal((await call('DELETE', `/v25.0/${id}`, { key: half.key })).status, 200);
});

// --- calls and groups ---

const passed = async () => Number(
  /^varco_contacts_passed_total (\d+)$/m.exec((await request(`${world.url}/metrics`)).text)[1]);

test('calls and groups are passed on, and each is on record first', async () => {
  const before = await passed();
  const ask = (edge, body, options) => call('POST', `/v25.0/${number}/${edge}`, {
    headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body), ...options,
  });
  const mark = await world.sim.mark();
  await ask('calls', { messaging_product: 'whatsapp', to: person(4).slice(1), action: 'connect', session: { sdp_type: 'offer', sdp: 'x' } });
  await ask('Calls', { messaging_product: 'whatsapp', call_id: 'wacid.1', action: 'terminate' });
  await ask('groups', { messaging_product: 'whatsapp', subject: 'Soci' });
  const log = await world.sim.log(mark);
  assert.deepEqual(log.map((x) => x.path.split('/').at(-1)), ['calls', 'Calls', 'groups']);
  assert.equal(JSON.parse(log[0].body ?? '{}').to ?? log[0].body?.to, person(4).slice(1));
  assert.equal(await passed(), before + 3);
  // What is refused, or asks only, is no contact.
  assertRefused(await ask('calls', { action: 'connect', to: person(4) }, { key: stranger.key }), 403, 200);
  assertRefused(await ask('calls', { action: 'connect', to: person(4) }, { key: null }), 401, 190);
  await call('GET', `/v25.0/${number}/calls`);
  assert.equal(await passed(), before + 3);
  assert.equal((await world.sim.log(mark)).length, 4);
});

// --- ways round the gate ---

const message = JSON.stringify(template(person(3), 'spring_offer', 'di nascosto'));
const batch = [{ method: 'POST', relative_url: `${number}/messages`, body: message }];
const json = { 'Content-Type': 'application/json' };

const roundabouts = [
  { name: 'method override', path: `/v25.0/${number}?method=post`, body: message },
  { name: 'method override on another edge', path: `/v25.0/${number}/settings?method=POST`, body: message },
  { name: 'method override in capitals', path: `/v25.0/${number}/settings?METHOD=POST`, body: message },
  { name: 'method override, encoded', path: `/v25.0/${number}/settings?%6dethod=POST`, body: message },
  { name: 'method override with a blank', path: `/v25.0/${number}/settings?+method=POST`, body: message },
  { name: 'method override as a list', path: `/v25.0/${number}/settings?method[]=POST`, body: message },
  { name: 'method override that cannot be read', path: `/v25.0/${number}/settings?method%zz=POST`, body: message },
  { name: 'batch', path: `/v25.0/${company.waba}`, body: { batch } },
  { name: 'batch in capitals', path: `/v25.0/${company.waba}`, body: { Batch: batch } },
  { name: 'batch in the query', path: `/v25.0/${number}?batch=${encodeURIComponent(JSON.stringify(batch))}` },
  { name: 'batch at the root', path: '/v25.0/', body: { batch } },
  { name: 'batch at the root without a version', path: '/', body: { batch } },
  { name: 'batch, escaped in the JSON', path: `/v25.0/${number}`, body: `{"b\\u0061tch":${JSON.stringify(batch)}}` },
  { name: 'relative_url in the body', path: `/v25.0/${number}`, body: { relative_url: `${number}/messages` } },
  { name: 'batch in a form', path: `/v25.0/${number}`, body: `batch=${encodeURIComponent(JSON.stringify(batch))}`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
  { name: 'capitals', path: `/v25.0/${number}/Messages`, body: message },
  { name: 'all capitals', path: `/v25.0/${number}/MESSAGES`, body: message },
  { name: 'capitals of the other edge', path: `/v25.0/${number}/marketing_Messages`, body: message },
  { name: 'a slash at the end', path: `/v25.0/${number}/messages/`, body: message },
  { name: 'two slashes', path: `/v25.0/${number}//messages`, body: message },
  { name: 'two slashes at the start', path: `//v25.0/${number}/messages`, body: message },
  { name: 'two slashes behind the version', path: `/v25.0//${number}/messages`, body: message },
  { name: 'an encoded letter', path: `/v25.0/${number}/%6dessages`, body: message },
  { name: 'an encoded slash', path: `/v25.0/${number}%2fmessages`, body: message },
  { name: 'an encoded slash in the edge', path: `/v25.0/${number}/settings%2f..%2fmessages`, body: message },
  { name: 'up and down', path: `/v25.0/${number}/settings/../messages`, body: message },
  { name: 'up and down, encoded', path: `/v25.0/${number}/settings/%2e%2e/messages`, body: message },
  { name: 'a dot', path: `/v25.0/${number}/./messages`, body: message },
  { name: 'from another object', path: `/v25.0/${company.waba}/../${number}/messages`, body: message },
  { name: 'a semicolon', path: `/v25.0/${number}/messages;x=1`, body: message },
  { name: 'a zero byte', path: `/v25.0/${number}/messages%00`, body: message },
  { name: 'a backslash', path: `/v25.0/${number}\\messages`, body: message },
  { name: 'a version in capitals', path: `/V25.0/${number}/messages`, body: message },
  { name: 'no version', path: `/${number}/messages`, body: message },
  { name: 'a version inside', path: `/v25.0/v25.0/${number}/messages`, body: message },
  { name: 'behind another edge', path: `/v25.0/${number}/settings/messages`, body: message },
  { name: 'through the WABA', path: `/v25.0/${company.waba}/messages`, body: message },
  { name: 'by PUT', method: 'PUT', path: `/v25.0/${number}/messages`, body: message },
  { name: 'by GET', method: 'GET', path: `/v25.0/${number}/messages` },
];

// As written: a client library would tidy the path up.
function raw({ method = 'POST', path, body, headers = json }) {
  const text = typeof body === 'string' || body === undefined ? body ?? '' : JSON.stringify(body);
  const { hostname, port, host } = new URL(world.url);
  const head = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, `Authorization: Bearer ${world.app.key}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(text)}`, 'Connection: close'].join('\r\n');
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect(Number(port), hostname, () => socket.end(`${head}\r\n\r\n${text}`));
    socket.setEncoding('utf8').on('data', (chunk) => { answer += chunk; });
    socket.on('error', reject).on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])));
  });
}

for (const way of roundabouts) {
  test(`no way round: ${way.name}`, async () => {
    const mark = await world.sim.mark();
    const status = await raw(way);
    assert.ok(status >= 400 && status < 500, `answered ${status}`);
    assert.equal((await world.sim.log(mark)).length, 0, 'it went through');
  });
}

test('the same message, by the front door, is refused for what it is', async () => {
  await world.api('POST', '/api/v1/consents/withdraw', { phone: person(3), purpose: 'marketing' });
  const r = await world.send(message);
  assert.equal(r.status, 400, r.text);
  assert.equal(r.json().error.varco.rules[0].id, 'consent.withdrawn');
});
