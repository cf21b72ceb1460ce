// A campaign from its audience to its report: waves and their waits, two templates compared, buttons counted; held, paused with
// its template, cancelled: from the answer on nothing of it leaves, and its counts are what the simulator took.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { comingDay, company, crowd, grant, sleep, startWorld, until } from './lib/varco.mjs';

const PEOPLE = 150;
const people = Array.from({ length: 9 * PEOPLE }, (_, i) => crowd(i));
const template = (name, button) => ({
  name, language: 'it', category: 'UTILITY', status: 'APPROVED',
  components: [
    { type: 'BODY', text: 'Il tuo ordine {{1}} è pronto.' },
    { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: button }] },
  ],
});
let world;

before(async () => {
  world = await startWorld({ sim: ['--clock', 'virtual'], gateway: { server: { clock: 'upstream' } }, company: { people: 0 } });
  await world.sim.clock({ now: comingDay(1, 10) });
  await world.api('POST', '/api/v1/templates', { waba: company.waba, file: [template('ready_a', 'Grazie'), template('ready_b', 'Va bene')] });
  await grant(world.api, people, 'utility');
});
after(() => world.stop());

const show = (id) => world.api('GET', `/api/v1/campaigns/${id}`);
const act = (id, verb, values = {}) => world.api('POST', `/api/v1/campaigns/${id}/${verb}`, values);

async function releaseOne(n, templates = ['ready_a']) {
  const rows = people.slice(n * PEOPLE, (n + 1) * PEOPLE).map((phone, i) => `${phone},${i},${i % 2 ? 'shop' : 'fair'}`);
  const { id } = await world.api('POST', '/api/v1/campaigns', {
    name: `Orders ${n}`, number: company.number, template: templates, language: 'it', map: ['1=order'],
    audience: `phone,order,source\n${rows.join('\n')}\n`, by: 'Marta Neri',
  });
  await act(id, 'preflight');
  await act(id, 'approve', { by: 'Luca Bianchi' });
  await act(id, 'release');
  return id;
}

// Time passes until the campaign is so; a virtual second has room for so many messages only.
async function passUntil(id, is, what) {
  return until(async () => {
    const x = await show(id);
    if (is(x)) return x;
    await world.sim.clock({ advance_ms: x.state === 'released' ? 61000 : 1000 });
    return false;
  }, what);
}

const hoursUntil = (id, is, what) => until(async () => {
  await world.sim.clock({ advance_ms: 600000 });
  return is(await show(id));
}, what);

test('waves, two templates, a choice, buttons and a report', async () => {
  const mark = await world.sim.mark();
  const id = await releaseOne(0, ['ready_a', 'ready_b']);
  assert.equal((await world.sim.sends(mark)).length, 0, 'nothing leaves in the grace period');
  const first = await passUntil(id, (x) => x.waits_for === 'wave', 'the end of the first wave');
  assert.deepEqual([first.people.sent, first.people.waiting, first.wave], [100, 50, 2]);
  const sent = await world.sim.sends(mark);
  assert.equal(sent.length, 100);
  const names = sent.map((x) => x.body.template.name);
  assert.deepEqual(['ready_a', 'ready_b'].map((n) => names.filter((x) => x === n).length), [50, 50]);

  const payload = sent[0].body.template.components.find((x) => x.type === 'button').parameters[0].payload;
  assert.equal(payload, `${id}.0`);
  await world.sim.idle();
  const now = Math.floor((await world.sim.now()) / 1000);
  const from = sent[0].to.replace('+', '');
  const pressed = {
    object: 'whatsapp_business_account',
    entry: [{ id: company.waba, changes: [{ field: 'messages', value: {
      messaging_product: 'whatsapp', metadata: { display_phone_number: '393331234500', phone_number_id: company.number },
      contacts: [{ wa_id: from, profile: { name: 'Anna' } }],
      messages: [{ from, id: 'wamid.BUTTON1', timestamp: String(now), type: 'button', context: { from: '393331234500', id: sent[0].wamid },
        button: { payload, text: 'Grazie' } }],
    } }] }],
  };
  for (const wamid of ['wamid.BUTTON1', 'wamid.BUTTON2']) { // once more is the same person
    pressed.entry[0].changes[0].value.messages[0].id = wamid;
    assert.equal((await world.webhook(pressed)).status, 200);
  }

  await act(id, 'choose', { template: 'ready_b' });
  await world.sim.clock({ advance_ms: 3600001 });
  const second = await passUntil(id, (x) => x.waits_for === 'wave' && x.wave === 3, 'the end of the second wave');
  assert.equal(second.people.sent, 115);
  await world.sim.clock({ advance_ms: 3600001 });
  await passUntil(id, (x) => x.state === 'done', 'its end');
  const all = await world.sim.sends(mark);
  assert.equal(new Set(all.map((x) => x.to)).size, PEOPLE);
  assert.equal(all.slice(100).every((x) => x.body.template.name === 'ready_b'), true);
  const report = await world.api('GET', `/api/v1/campaigns/${id}/report`);
  assert.deepEqual([report.totals.people, report.totals.sent, report.totals.clicks], [PEOPLE, PEOPLE, 1]);
  assert.deepEqual(report.templates.map((x) => [x.template, x.people]), [['ready_a', 50], ['ready_b', 100]]);
  assert.deepEqual(report.sources.map((x) => [x.source, x.people]), [['fair', 75], ['shop', 75]]);
  assert.deepEqual(report.waves.map((x) => [x.wave, x.people]), [[1, 100], [2, 15], [3, 35]]);
  assert.deepEqual(report.buttons.map((x) => [x.button, x.title, x.clicks]), [[0, 'Grazie', 1]]);
});

test('held and resumed: from the answer on nothing leaves, and nobody is lost', async () => {
  const mark = await world.sim.mark();
  const id = await releaseOne(1);
  await world.sim.clock({ advance_ms: 61000 });
  await until(async () => (await world.sim.sends(mark)).length > 0, 'the first send');
  const held = await act(id, 'hold', { reason: 'Too many questions' });
  assert.equal(held.state, 'held');
  // What was under way then may still arrive: it is counted.
  let gone;
  const settled = await until(async () => {
    const x = await show(id);
    gone = (await world.sim.sends(mark)).length;
    return x.people.queued === 0 && x.people.sent === gone && x;
  }, 'what was under way');
  assert.equal(settled.people.sent + settled.people.waiting, PEOPLE);
  assert.ok(gone <= held.people.sent + held.people.queued);
  await world.sim.clock({ advance_ms: 60000 });
  await sleep(600);
  assert.equal((await world.sim.sends(mark)).length, gone);
  assert.equal((await act(id, 'resume')).state, 'released');
  await passUntil(id, (x) => x.waits_for === 'wave', 'the end of the wave');
  const sends = await world.sim.sends(mark);
  assert.deepEqual([sends.length, new Set(sends.map((x) => x.to)).size], [100, 100]);

  const ended = await act(id, 'cancel', { reason: 'Sold out' });
  assert.deepEqual([ended.state, ended.people.sent, ended.people.cancelled, ended.people.waiting], ['cancelled', 100, 50, 0]);
  await world.sim.clock({ advance_ms: 2 * 3600000 });
  await sleep(600);
  assert.equal((await world.sim.sends(mark)).length, 100);
});

test('with its template it pauses, and goes on', async () => {
  const mark = await world.sim.mark();
  const id = await releaseOne(2);
  await world.api('PATCH', `/api/v1/templates/${company.waba}/ready_a/it`, { status: 'PAUSED' });
  const paused = await passUntil(id, (x) => x.state === 'paused', 'the pause');
  assert.deepEqual([paused.reason, paused.people.sent], ['template.paused', 0]);
  await until(async () => (await world.api('GET', '/api/v1/alarms?kind=campaign.paused')).items[0]?.scope === `campaign:${id}`, 'the alarm');
  assert.equal((await world.sim.sends(mark)).length, 0);
  await world.api('PATCH', `/api/v1/templates/${company.waba}/ready_a/it`, { status: 'APPROVED' });
  await passUntil(id, (x) => x.waits_for === 'wave', 'the end of the wave');
  assert.equal((await world.sim.sends(mark)).length, 100);
  await act(id, 'cancel');
});

test('a template that changed behind the preflight is not released', async () => {
  const changed = template('ready_b', 'No');
  const rows = people.slice(3 * PEOPLE, 3 * PEOPLE + 5).map((phone) => `${phone},1`);
  const { id } = await world.api('POST', '/api/v1/campaigns', {
    name: 'Changed', number: company.number, template: ['ready_b'], language: 'it', map: ['1=order'], audience: `phone,order\n${rows.join('\n')}\n`,
  });
  await act(id, 'preflight');
  await act(id, 'approve', { by: 'Luca Bianchi' });
  await world.api('PATCH', `/api/v1/templates/${company.waba}/ready_b/it`, { file: changed });
  await assert.rejects(act(id, 'release'), (e) => e.status === 409 && e.problem.field === 'snapshot');
  // Nobody has approved what it says now, however often somebody looks.
  await act(id, 'preflight');
  assert.deepEqual([(await show(id)).state, (await show(id)).approved_by], ['draft', null]);
  await assert.rejects(act(id, 'release'), (e) => e.status === 409);
});

test('who made a campaign does not approve it by writing the name otherwise', async () => {
  const { id } = await world.api('POST', '/api/v1/campaigns', {
    name: 'Own', number: company.number, template: ['ready_a', 'ready_b'], language: 'it', map: ['1=order'],
    audience: `phone,order\n${people[3 * PEOPLE]},1\n`, by: 'Nicolò Neri',
  });
  await act(id, 'preflight');
  for (const by of ['Nicolò Neri', 'nicolò neri', 'NICOLO NERI', ' Nicolò  Neri ', 'NicoloNeri',
    'nicolo.neri', 'Nic\u043elo Neri', 'Nicolo\u200bNeri'])
    await assert.rejects(act(id, 'approve', { by }), (e) => [400, 403].includes(e.status) && e.problem.field === 'by', by);
  await act(id, 'approve', { by: 'Luca Bianchi' });
  // Another choice is another campaign, and nobody has approved that one.
  const chosen = await act(id, 'choose', { template: 'ready_b', by: 'Nicolò Neri' });
  assert.deepEqual([chosen.state, chosen.chosen, chosen.approved_by], ['draft', 'ready_b', null]);
  await assert.rejects(act(id, 'approve', { by: 'Luca Bianchi' }), (e) => e.status === 409 && e.problem.field === 'snapshot');
  await act(id, 'preflight');
  await act(id, 'approve', { by: 'Luca Bianchi' });
  await act(id, 'cancel');
  await assert.rejects(act(id, 'choose', { template: 'ready_a' }), (e) => e.status === 409);
});

test('changed between two waves it stands still until somebody approves it as it is', async () => {
  const mark = await world.sim.mark();
  const id = await releaseOne(6, ['ready_a']);
  await passUntil(id, (x) => x.waits_for === 'wave', 'the end of the first wave');
  await world.api('PATCH', `/api/v1/templates/${company.waba}/ready_a/it`, { file: template('ready_a', 'Va bene') });
  await world.sim.clock({ advance_ms: 3600001 });
  const paused = await passUntil(id, (x) => x.state === 'paused', 'the pause');
  assert.deepEqual([paused.reason, paused.people.sent], ['changed', 100]);
  await assert.rejects(act(id, 'approve', { by: 'Luca Bianchi' }), (e) => e.status === 409 && e.problem.field === 'snapshot');
  await act(id, 'preflight');
  await world.sim.clock({ advance_ms: 60000 });
  assert.equal((await show(id)).state, 'paused', 'looking is not approving');
  for (const by of ['Marta Neri', 'Neri Marta', 'NERI, marta', 'MartaNeri']) {
    await assert.rejects(act(id, 'approve', { by }), (e) => e.status === 403, by);
  }
  const before = await until(async () => {
    const { items } = await world.api('GET', '/api/v1/alarms?kind=campaign.paused');
    return items[0]?.scope === `campaign:${id}` && items;
  }, 'the alarm');
  await act(id, 'approve', { by: 'Luca Bianchi' });
  await hoursUntil(id, (x) => x.state === 'done', 'its end');
  assert.equal((await world.sim.sends(mark)).length, PEOPLE);
  const { items } = await world.api('GET', '/api/v1/alarms?kind=campaign.paused');
  assert.deepEqual([items.length, items.filter((x) => x.scope === `campaign:${id}`).length], [before.length, 1], 'it was told once');
});

test('paused by hand it says so, and goes on', async () => {
  const id = await releaseOne(7, ['ready_a']);
  await world.api('POST', `/api/v1/numbers/${company.number}/pause`, { purpose: 'utility', reason: 'A question', by: 'Marta Neri' });
  const paused = await passUntil(id, (x) => x.state === 'paused', 'the pause');
  assert.deepEqual([paused.reason, paused.waits_for, paused.next_at, paused.people.sent], ['account.paused', 'paused', null, 0]);
  await world.api('POST', `/api/v1/numbers/${company.number}/resume`, { purpose: 'utility' });
  await passUntil(id, (x) => x.waits_for === 'wave', 'the end of the wave');
  await act(id, 'cancel');
});

test('a list that is suspended while its people are on record stays here', async () => {
  const mark = await world.sim.mark();
  const id = await releaseOne(4, ['ready_a']);
  await world.sim.clock({ advance_ms: 61000 });
  await until(async () => (await world.sim.sends(mark)).length > 0, 'the first send');
  await world.api('POST', '/api/v1/sources/suspend', { source: 'shop', reason: 'No opt-in' });
  const gone = new Set((await world.sim.sends(mark)).map((x) => x.to));
  await hoursUntil(id, (x) => x.people.waiting === 0 && x.people.queued === 0, 'the end of the others');
  const late = (await world.sim.sends(mark)).filter((x) => !gone.has(x.to)).map((x) => people.indexOf(x.to));
  // Those that were leaving in that moment are not called back, and are few.
  assert.ok(late.filter((i) => i % 2).length <= 64, `${late.filter((i) => i % 2).length} of a suspended list`);
  const { people: counts } = await show(id);
  assert.ok(counts.suspended > 0);
  assert.equal(counts.suspended + counts.sent, PEOPLE);
  if ((await show(id)).state !== 'done') await act(id, 'cancel');
  await world.api('POST', '/api/v1/sources/resume', { source: 'shop' });
});

test('people who were on record when the template was paused are sent to when it goes on', async () => {
  const mark = await world.sim.mark();
  const id = await releaseOne(5, ['ready_a']);
  await world.sim.clock({ advance_ms: 61000 });
  await until(async () => (await world.sim.sends(mark)).length > 0, 'the first send');
  await world.api('PATCH', `/api/v1/templates/${company.waba}/ready_a/it`, { status: 'PAUSED' });
  await hoursUntil(id, (x) => x.state === 'paused', 'the pause');
  await world.api('PATCH', `/api/v1/templates/${company.waba}/ready_a/it`, { status: 'APPROVED' });
  await hoursUntil(id, (x) => x.state === 'done', 'its end');
  assert.deepEqual([(await show(id)).people.sent, (await show(id)).people.refused], [PEOPLE, 0]);
  assert.equal(new Set((await world.sim.sends(mark)).map((x) => x.to)).size, PEOPLE);
});
