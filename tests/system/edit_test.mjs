// Drafts and automatic replies that are edited: what an edit throws away, who may no longer approve, what two people at once
// come to, and that what leaves is what was approved last.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { company, crowd, grant, request, startWorld, until } from './lib/varco.mjs';

const people = Array.from({ length: 40 }, (_, i) => crowd(i));
const definition = (name, text) => ({ name, language: 'it', category: 'UTILITY', status: 'APPROVED', components: [{ type: 'BODY', text }] });
const table = (from, to) => `phone,order,name\n${people.slice(from, to).map((p, i) => `${p},A${from + i},Anna`).join('\n')}\n`;
const good = { name: 'Orders', number: company.number, template: ['ready'], language: 'it', map: ['1=order'], by: 'Marta Neri' };
let world;

before(async () => {
  world = await startWorld({ sim: ['--clock', 'virtual'], gateway: { server: { clock: 'upstream' } }, company: { people: 0 } });
  await world.sim.clock({ now: '2026-11-23T10:00:00Z' });
  await world.api('POST', '/api/v1/templates', { waba: company.waba, file: [
    definition('ready', 'Il tuo ordine {{1}} è pronto.'), definition('late', 'Il tuo ordine {{1}} è in ritardo, {{2}}.'), definition('plain', 'Siamo aperti.'), definition('closed', 'Domani siamo chiusi.')] });
  await grant(world.api, people, 'utility');
});
after(() => world.stop());

const show = (id) => world.api('GET', `/api/v1/campaigns/${id}`);
const act = (id, verb, values = {}) => world.api('POST', `/api/v1/campaigns/${id}/${verb}`, values);
const make = (more = {}) => world.api('POST', '/api/v1/campaigns', { ...good, audience: table(0, 10), ...more });
const edit = (id, values) => world.api('PATCH', `/api/v1/campaigns/${id}`, values);
async function problem(method, path, body) {
  const r = await request(world.url + path, { method, body, headers: { Authorization: `Bearer ${world.adminToken}` } });
  const { code, field, detail } = r.json();
  return { status: r.status, code, field, detail };
}
const refused = async (method, path, body) => {
  const { status, code, field } = await problem(method, path, body);
  return [status, code, field];
};

test('an edit throws away what was looked at, and no approval from before it fits', async () => {
  const { id } = await make();
  const seen = await act(id, 'preflight');
  const edited = await edit(id, { name: 'Orders of spring', by: 'Marta Neri' });
  assert.deepEqual([edited.state, edited.preflight_at, edited.snapshot, edited.approved_by], ['draft', null, null, null]);
  assert.deepEqual(await refused('POST', `/api/v1/campaigns/${id}/approve`, { by: 'Luca Bianchi' }), [409, 'E_CONFLICT', 'id']);
  assert.deepEqual(await refused('GET', `/api/v1/campaigns/${id}/preflight`), [404, 'E_NOT_FOUND', 'id']);
  const again = await act(id, 'preflight');
  assert.notEqual(again.snapshot, seen.snapshot, 'even where only its name is another one');
  assert.deepEqual(await refused('POST', `/api/v1/campaigns/${id}/approve`, { by: 'Luca Bianchi', snapshot: seen.snapshot }), [409, 'E_CONFLICT', 'snapshot']);
  assert.equal((await act(id, 'approve', { by: 'Luca Bianchi', snapshot: again.snapshot })).state, 'approved');
  await act(id, 'cancel');
});

test('who edited it does not approve it, however they write themselves', async () => {
  const { id } = await make();
  await edit(id, { price: '0.05', currency: 'EUR', by: 'Luca Bianchi' });
  await edit(id, { price: '0.06', by: 'Marta Neri' });
  await act(id, 'preflight');
  for (const by of ['Luca Bianchi', 'bianchi  LUCA', 'Marta Neri'])
    assert.deepEqual(await refused('POST', `/api/v1/campaigns/${id}/approve`, { by }), [403, 'E_DENIED', 'by'], by);
  assert.equal((await act(id, 'approve', { by: 'Anna Verdi' })).state, 'approved');
  assert.deepEqual((await show(id)).edited_by, ['Luca Bianchi', 'Marta Neri']);
  await act(id, 'cancel');
});

test('nor does who edited or made it without a name, and letters set apart are the same name', async () => {
  const refusedBy = async (id, by) => refused('POST', `/api/v1/campaigns/${id}/approve`, by ? { by } : {});
  const { id } = await make({ by: 'Luca' });
  await act(id, 'preflight');
  for (const by of ['luca', 'L u c a', 'L.u.c.a', 'L\u00a0u\u2003c\u00a0a'])
    assert.deepEqual(await refusedBy(id, by), [403, 'E_DENIED', 'by'], by);
  await edit(id, { name: 'Edited by whoever has the token' });
  await act(id, 'preflight');
  assert.deepEqual((await show(id)).edited_by, ['admin']);
  for (const by of [undefined, 'admin', 'A d m i n'])
    assert.deepEqual(await refusedBy(id, by), [403, 'E_DENIED', 'by'], by);
  assert.equal((await act(id, 'approve', { by: 'Anna Verdi' })).state, 'approved');
  await act(id, 'cancel');
  const own = await make({ by: undefined });
  await act(own.id, 'preflight');
  assert.deepEqual(await refusedBy(own.id), [403, 'E_DENIED', 'by']);
  assert.equal((await act(own.id, 'approve', { by: 'Anna Verdi' })).state, 'approved');
  await act(own.id, 'cancel');
});

test('approved, released, held, ended: refused with the reason and what to do', async () => {
  const { id } = await make();
  const path = `/api/v1/campaigns/${id}`;
  await act(id, 'preflight');
  await act(id, 'approve', { by: 'Luca Bianchi' });
  const approved = await show(id);
  for (const [verb, says] of [['', /approved.*cancel it and make a new one/], ['release', /released is not changed: hold it, or cancel it/],
    ['hold', /held is not changed/], ['cancel', /cancelled has ended.*make a new one/]]) {
    if (verb) await act(id, verb);
    const r = await problem('PATCH', path, { name: 'Other', audience: table(0, 2) });
    assert.deepEqual([r.status, r.code, r.field], [409, 'E_CONFLICT', 'id']);
    assert.match(r.detail, says);
    const is = await show(id);
    assert.deepEqual([is.name, is.audience, is.revision], [approved.name, approved.audience, approved.revision]);
  }
});

test('of two who read the same state the later one is refused', async () => {
  const { id, revision } = await make();
  const path = `/api/v1/campaigns/${id}`;
  const both = await Promise.all(['Mia', 'Tua'].map((name) => refused('PATCH', path, { name, revision })));
  const won = both.filter(([status]) => status === 200);
  assert.equal(won.length, 1);
  assert.deepEqual(both.find(([status]) => status !== 200), [409, 'E_CONFLICT', 'revision']);
  const is = await show(id);
  assert.deepEqual([is.edits, is.name], [1, both[0][0] === 200 ? 'Mia' : 'Tua']);
  // what is no edit leaves the revision as it is; a choice is one
  await act(id, 'preflight');
  assert.equal((await show(id)).revision, is.revision);
  await act(id, 'choose', { template: 'ready' });
  assert.deepEqual(await refused('PATCH', path, { name: 'x', revision: is.revision }), [409, 'E_CONFLICT', 'revision']);
  await act(id, 'cancel');
});

test('what leaves is what was written last, to the people that it has', async () => {
  const mark = await world.sim.mark();
  const { id } = await make();
  assert.deepEqual(await refused('PATCH', `/api/v1/campaigns/${id}`, { template: ['late'], map: ['1=order', '2=name'] }), [409, 'E_CONFLICT', 'map'],
    'rows keep what their template took');
  const edited = await edit(id, { template: ['late'], map: ['1=order', '2=name'], audience: table(10, 22) });
  assert.deepEqual([edited.state, edited.audience, edited.people.waiting, edited.columns], ['draft', 12, 12, ['order', 'name']]);
  await edit(id, { map: ['1=order', '2=name|cliente'] });
  await act(id, 'preflight');
  await act(id, 'approve', { by: 'Luca Bianchi' });
  await act(id, 'release');
  await world.sim.clock({ advance_ms: 61000 });
  await until(async () => {
    await world.sim.clock({ advance_ms: 1000 });
    return (await show(id)).state === 'done';
  }, 'its end');
  const sends = await world.sim.sends(mark);
  assert.deepEqual([...new Set(sends.map((x) => x.body.template.name))], ['late']);
  assert.deepEqual(sends.map((x) => x.to).sort(), people.slice(10, 22).sort());
  const { body } = sends.find((x) => x.to === people[10]);
  assert.deepEqual(body.template.components[0].parameters.map((p) => p.text), ['A10', 'Anna']);
});

test('of several templates nobody has the first before it is theirs', async () => {
  const two = { template: ['ready', 'plain'], map: ['1=order'] };
  const { templates, totals } = await world.api('GET', `/api/v1/campaigns/${(await edit((await make()).id, { name: 'One' })).id}/report`);
  assert.deepEqual(templates, [{ template: 'ready', ...totals }]);
  assert.deepEqual(await refused('POST', '/api/v1/campaigns', { ...good, audience: table(0, 2), ...two }), [400, 'E_INVALID', 'map'], 'which plain has not');
  const { id } = await make({ template: ['plain', 'closed'], map: [] });
  const draft = await world.api('GET', `/api/v1/campaigns/${id}/report`);
  assert.deepEqual(draft.templates, [{ template: null, ...draft.totals }]);
  await act(id, 'preflight');
  await act(id, 'approve', { by: 'Luca Bianchi' });
  await act(id, 'release');
  await world.sim.clock({ advance_ms: 61000 });
  await until(async () => {
    await world.sim.clock({ advance_ms: 1000 });
    return (await show(id)).state === 'done';
  }, 'its end');
  const sent = await world.api('GET', `/api/v1/campaigns/${id}/report`);
  assert.deepEqual(sent.templates.map((x) => [x.template, x.people]), [['plain', 5], ['closed', 5]]);
});

test('people by conditions in place of a table, and back', async () => {
  const { id } = await make();
  const found = await edit(id, { template: ['plain'], map: [], filter: ['purpose=utility'] });
  assert.deepEqual([found.state, found.audience, found.filter, found.columns], ['draft', people.length, ['purpose=utility'], []]);
  const back = await edit(id, { template: ['ready'], map: ['1=order'], audience: table(0, 3) });
  assert.deepEqual([back.audience, back.filter, back.people.waiting], [3, [], 3]);
  await act(id, 'cancel');
});

test('a mapping says what goes into a variable once', async () => {
  const { id } = await make();
  for (const map of [['1=order', '1=name'], ['1=order', ' 1 =|always']])
    assert.deepEqual(await refused('PATCH', `/api/v1/campaigns/${id}`, { map }), [400, 'E_INVALID', 'map']);
  assert.deepEqual((await show(id)).map, ['1=order']);
  await act(id, 'cancel');
});

test('the audit trail has both: what stood there and what stands there now', async () => {
  const { id } = await make({ price: '0.05', currency: 'EUR' });
  const { sha256 } = await show(id);
  await edit(id, { name: 'After', price: '', map: ['1=|always'], by: 'Anna Verdi' });
  await edit(id, { audience: table(0, 2) });
  const { items } = await world.api('GET', `/api/v1/audit?object=${id}&operation=setCampaign`);
  assert.deepEqual(items.map((x) => x.before), [{ audience: sha256 }, { map: ['1=order'], name: 'Orders', price: 0.05 }]);
  assert.deepEqual(items[1].values, { by: 'Anna Verdi', id, map: ['1=|always'], name: 'After', price: '' });
  await act(id, 'cancel');
});

test('a number of another portfolio knows its people anew', async () => {
  await world.api('POST', '/api/v1/accounts', { waba: '900800799', portfolio: '700600599', name: 'Altra' });
  await world.api('POST', '/api/v1/numbers', { waba: '900800799', id: '100200399', display: '+393331239900', established: true });
  await world.api('POST', '/api/v1/templates', { waba: '900800799', file: [definition('ready', 'Il tuo ordine {{1}} è pronto.')] });
  const { id } = await make();
  assert.deepEqual(await refused('PATCH', `/api/v1/campaigns/${id}`, { number: '100200399' }), [409, 'E_CONFLICT', 'number']);
  const moved = await edit(id, { number: '100200399', audience: table(0, 4) });
  assert.deepEqual([moved.number, moved.waba, moved.audience], ['100200399', '900800799', 4]);
  await act(id, 'cancel');
});

test('a reply is edited in place: what it says from then on, with what was told of it', async () => {
  const path = '/api/v1/autoreplies/hours';
  const added = await world.api('POST', '/api/v1/autoreplies', {
    name: 'hours', app: 'crm', number: company.number, kind: 'keyword', text: 'Dalle 9 alle 18.', words: ['orari'] });
  const both = await Promise.all(['Dalle 8.', 'Dalle 7.'].map((text) => refused('PATCH', path, { text, revision: added.revision })));
  assert.deepEqual(both.map(([status]) => status).sort(), [200, 409]);
  const is = await world.api('GET', path);
  assert.equal(is.text, both[0][0] === 200 ? 'Dalle 8.' : 'Dalle 7.');
  const { items } = await world.api('GET', '/api/v1/audit?object=hours&operation=setAutoreply');
  assert.deepEqual(items.map((x) => [x.before.text, x.values.text]), [['Dalle 9 alle 18.', is.text]]);
  await world.api('DELETE', path);
});
