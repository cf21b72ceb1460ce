// Lists of one client: decisions, incidents, alarms, opt-outs and the register, narrowed to a portfolio: page by page nothing is
// lost and nothing of others shows. And who is bound to that portfolio gets the same by themselves, and nothing else by any word
// that names something.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { userOf } from './lib/users.mjs';
import { company, inbound, person, request, startWorld, text, until } from './lib/varco.mjs';

const other = { portfolio: '700600501', waba: '900800701', number: '100200400', secret: 'app-secret-of-the-other-one' };
const empty = { portfolio: '700600502', waba: '900800702' };
let world, apps, sent;

before(async () => {
  world = await startWorld({ company: { people: 0 } });
  await world.api('POST', '/api/v1/accounts', { waba: other.waba, portfolio: other.portfolio, name: 'Altra', app_secret_file: other.secret, country: 'IT' });
  await world.api('POST', '/api/v1/numbers', { waba: other.waba, id: other.number, display: '+39 333 123 9900', established: true });
  await world.api('POST', '/api/v1/accounts', { waba: empty.waba, portfolio: empty.portfolio, name: 'Vuota' });
  const enter = (name, numbers) => world.api('POST', '/api/v1/integrations', { name, owner: 'Luca Verdi', purpose: 'Ordini', numbers, categories: ['service'] });
  apps = { other: await enter('altro', [other.number]), both: await enter('comune', [company.number, other.number]) };
  for (let n = 1; n <= 3; n++) {
    await world.send(text(person(n), 'Buongiorno'));
    await world.send(text(person(n), 'Buongiorno'), { number: other.number, appKey: apps.other.key });
  }
  for (const { waba, portfolio } of [company, other]) {
    for (const [scope, object] of [['waba', waba], ['portfolio', portfolio], ['template', `${waba}/fiera/it`]])
      await world.api('POST', '/api/v1/incidents', { scope, object, kind: 'other', text: 'Avviso ricevuto per posta', by: 'Marta Neri' });
  }
  for (const [n, mine] of [[13, true], [14, false], [15, false]]) {
    const asked = inbound({ from: person(n), body: `Per favore toglietemi dalla vostra lista ${n}` });
    if (!mine) {
      asked.entry[0].id = other.waba;
      asked.entry[0].changes[0].value.metadata = { display_phone_number: '393331239900', phone_number_id: other.number };
    }
    assert.equal((await world.webhook(asked, mine ? {} : { secret: other.secret })).status, 200);
  }
  await until(async () => (await list('stops')).length === 3, 'three that may be opt-outs');
  await world.sim.inbound({ number: company.number, from: person(16), text: 'Ciao' });
  const r = await world.send(text(person(16), 'Va bene'));
  assert.equal(r.status, 200, r.text);
  sent = { decision: r.decision, wamid: r.json().messages[0].id };
});
after(() => world.stop());

// All of it, so many a page.
async function list(what, query = {}, limit = 100, get = (path) => world.api('GET', path)) {
  const all = [];
  for (let cursor; cursor !== null;) {
    const page = await get(`/api/v1/${what}?${new URLSearchParams({ ...query, limit, ...(cursor && { cursor }) })}`);
    assert.ok(page.items.length <= limit);
    all.push(...page.items);
    cursor = page.next;
  }
  return all;
}

const whose = {
  decisions: (x) => x.decision, incidents: (x) => x.id, alarms: (x) => x.id, stops: (x) => x.id, integrations: (x) => x.id,
};
const isOther = {
  decisions: (x) => x.number === other.number,
  incidents: (x) => JSON.stringify(x).includes(other.waba) || x.object === other.portfolio,
  alarms: (x) => x.scope.includes(other.waba) || x.scope.includes(other.portfolio) || x.scope.includes(other.number) || x.scope.includes(apps.other.id),
  stops: (x) => x.number === other.number,
  integrations: (x) => x.numbers.includes(other.number),
};

for (const what of Object.keys(whose)) {
  test(`${what} of one client, whole and page by page`, async () => {
    const all = await list(what), id = whose[what];
    const expected = all.filter(isOther[what]).map(id);
    assert.ok(expected.length > 0 && expected.length < all.length, `${expected.length} of ${all.length}`);
    for (const limit of [100, 2, 1])
      assert.deepEqual((await list(what, { portfolio: other.portfolio }, limit)).map(id), expected, `${limit} a page`);
    const mine = (await list(what, { portfolio: company.portfolio })).map(id);
    assert.equal(mine.some((x) => expected.includes(x) && x !== apps.both.id), false, 'and nothing of theirs is ours');
    assert.ok(mine.length > 0);
  });
}

// --- who is bound ---

async function ok(promise) {
  const r = await promise;
  assert.equal(r.status, 200, r.text);
  return r.value;
}
const denied = async (promise) => {
  const r = await promise;
  return [r.status, r.value.code, r.value.field ?? null];
};

// Alarms come by themselves: what is compared while one comes is compared again.
async function undisturbed(what, compare) {
  for (;;) {
    const before = (await list(what)).map(whose[what]);
    const error = await compare().then(() => null, (e) => e);
    if (JSON.stringify(before) !== JSON.stringify((await list(what)).map(whose[what]))) continue;
    if (error) throw error;
    return;
  }
}

test('who is bound to one client gets each list of theirs, asked for it or not, and no other', async () => {
  const bound = await userOf(world, 'Dora Verdi', 'viewer', [other.portfolio]);
  const get = (path) => ok(bound('GET', path));
  const both = await userOf(world, 'Bice Neri', 'viewer', [company.portfolio, other.portfolio]);
  for (const what of Object.keys(whose)) {
    const idsOf = async (...how) => (await list(what, ...how)).map(whose[what]);
    // An app of several portfolios is of each for who may see all, and of none for who may see one.
    await undisturbed(what, async () => {
      const expected = (await idsOf({ portfolio: other.portfolio })).filter((x) => x !== apps.both.id);
      assert.ok(expected.length > 0, what);
      for (const limit of [100, 2, 1]) {
        for (const query of [{}, { portfolio: other.portfolio }])
          assert.deepEqual(await idsOf(query, limit, get), expected, `${what}, ${limit} a page, ${JSON.stringify(query)}`);
      }
      const owned = new Set([...await idsOf({ portfolio: other.portfolio }), ...await idsOf({ portfolio: company.portfolio })]);
      assert.deepEqual(await idsOf({}, 2, (path) => ok(both('GET', path))), (await idsOf()).filter((x) => owned.has(x)), what);
    });
    for (const portfolio of [company.portfolio, '1'])
      assert.deepEqual(await denied(bound('GET', `/api/v1/${what}?portfolio=${portfolio}`)), [403, 'E_DENIED', 'portfolio'], what);
  }
  assert.equal((await bound('GET', '/api/v1/imports')).status, 403);
  const none = await userOf(world, 'Nino Blu', 'viewer', [empty.portfolio]);
  for (const what of Object.keys(whose)) assert.deepEqual(await list(what, {}, 100, (path) => ok(none('GET', path))), [], what);
});

test('no word that narrows decisions shows those of others', async () => {
  const bound = await userOf(world, 'Elsa Rossi', 'viewer', [other.portfolio]);
  const get = (path) => ok(bound('GET', path));
  const own = (await list('decisions', { portfolio: other.portfolio }))[0];
  const foreign = (await list('decisions', { portfolio: company.portfolio })).find((x) => x.person === own.person);
  const narrowed = async (query) => (await list('decisions', query, 100, get)).map((x) => x.decision);
  for (const portfolio of [undefined, other.portfolio]) {
    const query = portfolio ? { portfolio } : {};
    assert.deepEqual(await narrowed({ ...query, wamid: sent.wamid }), []);
    assert.deepEqual(await narrowed({ ...query, app: 'crm' }), []);
    assert.deepEqual(await narrowed({ ...query, person: foreign.person }), [own.decision], 'a person is one');
    assert.deepEqual(await denied(bound('GET', `/api/v1/decisions?${new URLSearchParams({ ...query, number: company.number })}`)),
      [403, 'E_DENIED', 'number']);
  }
  assert.deepEqual((await list('decisions', { wamid: sent.wamid })).map((x) => x.decision), [sent.decision]);
  const theirs = await userOf(world, 'Ugo Sala', 'viewer', [company.portfolio]);
  for (const query of ['', `&portfolio=${company.portfolio}`])
    assert.deepEqual((await ok(theirs('GET', `/api/v1/decisions?wamid=${encodeURIComponent(sent.wamid)}${query}`))).items.map((x) => x.decision), [sent.decision]);
});

test('no condition of a campaign finds people of others, whether it names something or not', async () => {
  const definition = [{ name: 'aperto', language: 'it', category: 'UTILITY', status: 'APPROVED', components: [{ type: 'BODY', text: 'Siamo aperti.' }] }];
  for (const waba of [company.waba, other.waba]) await world.api('POST', '/api/v1/templates', { waba, file: definition });
  const campaign = (number, people) => ({ name: 'Avviso', number, template: ['aperto'], language: 'it', ...people });
  const make = (number) => world.api('POST', '/api/v1/campaigns', campaign(number, { audience: `phone\n${person(1)}\n` }));
  const [mine, theirs] = [await make(other.number), await make(company.number)];
  const bound = await userOf(world, 'Carlo Gialli', 'author', [other.portfolio]);
  const create = (...filter) => bound('POST', '/api/v1/campaigns', campaign(other.number, { filter }));
  const change = (...filter) => bound('PATCH', `/api/v1/campaigns/${mine.id}`, { filter });
  for (const by of [create, change]) {
    for (const filter of [[`read=${theirs.id}`], [`pressed=${theirs.id}`], ['country=IT', `pressed=${theirs.id}`],
      [`read=${mine.id}`, `pressed=${theirs.id}`], ['import=imp_0c5gq3hr8v2zk']])
      assert.deepEqual(await denied(by(...filter)), [403, 'E_DENIED', 'filter'], filter.join());
  }
  assert.deepEqual((await list('campaigns', {}, 100, (path) => ok(bound('GET', path)))).map((x) => x.id), [mine.id], 'and nothing was made');
  assert.equal((await world.api('GET', `/api/v1/campaigns/${mine.id}`)).edits, 0);
  for (const word of ['read', 'pressed']) {
    assert.equal((await ok(create(`${word}=${mine.id}`))).audience, 0);
    assert.equal((await world.api('POST', '/api/v1/campaigns', campaign(company.number, { filter: [`${word}=${mine.id}`] }))).audience, 0);
  }
  // Two wrote to their number, one stands in a campaign of theirs.
  assert.equal((await ok(create('wrote_within=90d'))).audience, 2);
  assert.equal((await ok(create('country=IT'))).audience, 3);
  assert.equal((await ok(change('country=IT'))).audience, 3);
  assert.ok((await world.api('POST', '/api/v1/campaigns', campaign(other.number, { filter: ['country=IT'] }))).audience > 3);
});

test('an app of others is none that sends for a bound user, by whatever name', async () => {
  const author = await userOf(world, 'Ines Riva', 'author', [company.portfolio]);
  const reply = (name, app) => ({ name, app, number: company.number, kind: 'welcome', text: 'Ciao' });
  await ok(author('POST', '/api/v1/autoreplies', reply('proprio', 'crm')));
  for (const app of ['altro', apps.other.id, 'nessuno']) {
    assert.deepEqual(await denied(author('POST', '/api/v1/autoreplies', reply('nuovo', app))), [404, 'E_NOT_FOUND', 'app'], app);
    assert.deepEqual(await denied(author('PATCH', '/api/v1/autoreplies/proprio', { app })), [404, 'E_NOT_FOUND', 'app'], app);
  }
  await world.api('DELETE', '/api/v1/autoreplies/proprio');
  const tried = async (app) => (await ok(author('POST', '/api/v1/decisions/simulate', {
    app, number: company.number, file: JSON.stringify({ messaging_product: 'whatsapp', to: person(16), type: 'text', text: { body: 'Ciao' } }) }))).rules;
  assert.deepEqual([await tried(apps.other.id), await tried(apps.both.id)], [await tried('app_0000000000000'), []]);
});

test('the filters of before hold beside it', async () => {
  const refused = await list('decisions', { portfolio: other.portfolio, state: 'refused' });
  assert.equal(refused.length, 3);
  assert.deepEqual(await list('decisions', { portfolio: other.portfolio, number: company.number }), []);
  assert.equal((await list('stops', { portfolio: other.portfolio, state: 'held' })).length, 2);
  assert.equal((await list('incidents', { portfolio: other.portfolio, under_way: true })).length, 3);
});

test('no portfolio of that id, and one that is empty', async () => {
  const r = await request(`${world.url}/api/v1/incidents?portfolio=1`, { headers: { Authorization: `Bearer ${world.adminToken}` } });
  assert.deepEqual([r.status, r.json().field], [404, 'portfolio']);
  for (const what of Object.keys(whose)) assert.deepEqual(await list(what, { portfolio: empty.portfolio }), [], what);
});
