// Lists of one client: decisions, incidents, alarms, opt-outs and the register, narrowed to a portfolio: page by page nothing is
// lost and nothing of others shows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { company, inbound, person, request, startWorld, text, until } from './lib/varco.mjs';

const other = { portfolio: '700600501', waba: '900800701', number: '100200400', secret: 'app-secret-of-the-other-one' };
let world, apps;

before(async () => {
  world = await startWorld({ company: { people: 0 } });
  await world.api('POST', '/api/v1/accounts', { waba: other.waba, portfolio: other.portfolio, name: 'Altra', app_secret_file: other.secret, country: 'IT' });
  await world.api('POST', '/api/v1/numbers', { waba: other.waba, id: other.number, display: '+39 333 123 9900', established: true });
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
});
after(() => world.stop());

// All of it, so many a page.
async function list(what, query = {}, limit = 100) {
  const all = [];
  for (let cursor; cursor !== null;) {
    const page = await world.api('GET', `/api/v1/${what}?${new URLSearchParams({ ...query, limit, ...(cursor && { cursor }) })}`);
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
  await world.api('POST', '/api/v1/accounts', { waba: '900800702', portfolio: '700600502', name: 'Vuota' });
  for (const what of Object.keys(whose)) assert.deepEqual(await list(what, { portfolio: '700600502' }), [], what);
});
