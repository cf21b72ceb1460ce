// dev: binary=release
// Templates that an app creates, edits and deletes through the gateway: what the upstream took is known at once.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { company, keepAlive, person, request, startWorld, template, until } from './lib/varco.mjs';

const world = await startWorld({ gateway: { server: { clock: 'upstream' } }, sim: ['--clock', 'virtual'] });
after(() => world.stop());
const agent = keepAlive(4);
after(() => agent.destroy());

const edge = `/v25.0/${company.waba}/message_templates`;
const call = (method, path, body, headers = {}) => request(`${world.url}${path}`, {
  method, agent, body, headers: { Authorization: `Bearer ${world.app.key}`, ...headers },
});
const listed = async (name) => (await world.api('GET', `/api/v1/templates?limit=200`)).items.filter((x) => x.name === name);
// The simulator's review is over within two days.
const reviewed = async () => {
  await world.sim.clock({ advance_ms: 48 * 3600 * 1000 });
  await until(async () => (await listed('avviso_consegna'))[0].status === 'APPROVED', 'the approval');
};
const notice = (text) => ({
  name: 'avviso_consegna', language: 'it', category: 'UTILITY',
  components: [{ type: 'BODY', text, example: { body_text: [['A-17']] } }],
});

test('a created template can be looked at, edited and, once approved, sent', async () => {
  const made = await call('POST', edge, notice('Il pacco {{1}} arriva oggi.'));
  assert.equal(made.status, 200, made.text);
  const { id, status } = made.json();
  assert.ok([status, 'APPROVED'].includes((await listed('avviso_consegna'))[0].status)); // a review may be quick
  assert.equal((await call('GET', `/v25.0/${id}`)).status, 200);
  await reviewed();
  const edited = await call('POST', `/v25.0/${id}`, { components: [{ type: 'BODY', text: 'Il pacco arriva oggi.' }] });
  assert.equal(edited.status, 200, edited.text);
  await reviewed();
  const sent = await world.send(template(person(3), 'avviso_consegna', 'A-17'));
  assert.equal(sent.json().error.code, 132000, 'the edit is not in force');
});

test('a deleted template is gone', async () => {
  await call('POST', edge, { ...notice('Domani siamo chiusi.'), name: 'chiusura', components: [{ type: 'BODY', text: 'Domani siamo chiusi.' }] });
  assert.equal((await listed('chiusura')).length, 1);
  const r = await call('DELETE', `${edge}?name=chiusura`);
  assert.equal(r.status, 200, r.text);
  assert.equal((await listed('chiusura')).length, 0);
  const { items } = await world.api('GET', `/api/v1/changes?object=template:${company.waba}/chiusura/it`);
  assert.ok(items.some((x) => x.field === 'status' && x.after === null), 'its end is in the history');
  assert.ok(items.every((x) => x.source !== 'operator' || x.words.startsWith('app ')));
});

test('what Meta would reject says why, in the reader\'s language', async () => {
  const mark = await world.sim.mark();
  const r = await call('POST', edge, { name: 'Brutto Nome', language: 'it', category: 'PROMO', components: [] }, { 'Accept-Language': 'it' });
  assert.equal(r.status, 400, r.text);
  const { error } = r.json();
  assert.equal(error.code, 100);
  assert.match(error.error_data.details, /^[a-z_.[\]0-9]+: ./);
  assert.equal(error.error_user_title, 'Meta respingerebbe questo modello');
  assert.match(error.error_user_msg, /^[a-z_.[\]0-9]+: ./);
  assert.ok(error.varco.problems.length >= 2, r.text);
  assert.ok(error.varco.problems.every((x) => x.field && x.message));
  assert.equal((await world.sim.log(mark)).length, 0, 'it went through');
});

test('what Meta would reject says so with Graph\'s own codes', async () => {
  const cases = [
    [{ text: '{{1}} arriva oggi con il corriere.', example: { body_text: [['A']] } }, 2388299],
    [{ text: 'Il pacco {{1}} arriva oggi.' }, 2388072],
    [{ text: 'Pacco {{1}}!', example: { body_text: [['A']] } }, 2388293],
    [{ text: 'Il pacco {{#1}} arriva oggi.' }, 2388039],
    [{ text: 'a'.repeat(1025) }, 2388040],
  ];
  for (const [body, subcode] of cases) {
    const r = await call('POST', edge, { ...notice(''), name: 'codici', components: [{ type: 'BODY', ...body }] });
    assert.equal(r.status, 400, r.text);
    assert.deepEqual([r.json().error.code, r.json().error.error_subcode], [100, subcode]);
    assert.ok(r.json().error.varco.problems.every((x) => x.suggestion && x.rule && x.level));
  }
});

test('a plain one passes without a word, and what costs later is told beside the answer', async () => {
  const plain = await call('POST', edge, { ...notice('Il pacco {{1}} è in viaggio.'), name: 'in_viaggio' });
  assert.deepEqual([plain.status, plain.headers['varco-warnings']], [200, undefined], plain.text);
  const promotion = await call('POST', edge, {
    ...notice(''), name: 'saldi', components: [{ type: 'BODY', text: 'Saldi: 20% di sconto su tutto fino a domenica! Vedi bit.ly/a' }],
  });
  assert.equal(promotion.status, 200, promotion.text);
  assert.equal(promotion.headers['varco-warnings'], 'content.link,template.category');
});

test('what the policy forbids is not made, and names the words', async () => {
  const mark = await world.sim.mark();
  const r = await call('POST', edge, {
    ...notice(''), name: 'carta', components: [{ type: 'BODY', text: 'Scriva qui il numero della sua carta di credito e il CVV.' }],
  }, { 'Accept-Language': 'it' });
  assert.equal(r.status, 400, r.text);
  const { error } = r.json();
  assert.equal(error.code, 132007);
  assert.equal(error.error_user_title, 'La policy di questo gateway non ammette questo modello');
  assert.match(error.varco.problems[0].words, /carta/);
  assert.equal((await world.sim.log(mark)).length, 0, 'it went through');
});

test('what the upstream refused changes nothing', async () => {
  await world.sim.fault({ path: 'message_templates', method: 'POST', kind: 'error', code: 80008 });
  const r = await call('POST', edge, { ...notice('Il pacco {{1}} arriva domani.'), name: 'rifiutato' });
  assert.notEqual(r.status, 200);
  assert.equal((await listed('rifiutato')).length, 0);
});

test('what somebody took away here meanwhile comes back unapproved', async () => {
  const { id } = (await listed('avviso_consegna'))[0];
  await world.api('DELETE', `/api/v1/templates/${company.waba}/avviso_consegna/it`);
  await world.api('POST', '/api/v1/templates', { waba: company.waba, file: { ...notice('Il pacco {{1}} arriva.'), id: id, status: 'APPROVED' } });
  await world.sim.fault({ path: id, method: 'POST', kind: 'delay_ms', ms: 1500 });
  const mark = await world.sim.mark();
  const edit = call('POST', `/v25.0/${id}`, { components: [{ type: 'BODY', text: 'Il pacco è arrivato.' }] });
  await until(async () => (await world.sim.log(mark)).length > 0, 'the edit at the upstream');
  await world.api('DELETE', `/api/v1/templates/${company.waba}/avviso_consegna/it`);
  assert.equal((await edit).status, 200);
  assert.equal((await listed('avviso_consegna'))[0].status, 'PENDING');
});

test('what never reached the upstream is not there', async () => {
  const lonely = await startWorld();
  await lonely.sim.stop();
  const r = await request(`${lonely.url}${edge}`, {
    method: 'POST', body: { ...notice('Il pacco {{1}} arriva martedì.'), name: 'mai_partito' },
    headers: { Authorization: `Bearer ${lonely.app.key}` },
  });
  assert.equal(r.status, 503, r.text);
  const { items } = await lonely.api('GET', '/api/v1/templates?limit=200');
  assert.ok(items.length > 0);
  assert.equal(items.filter((x) => x.name === 'mai_partito').length, 0);
  await lonely.gateway.stop();
});
