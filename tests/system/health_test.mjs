// What accounts, templates and portfolios are doing, as people come to hear of it: alarms with their all clear, incidents that open
// by themselves and end, metrics, and what is told by webhooks that most installations never see.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { company, envelope, grant, person, request, seconds, startWorld, template, until } from './lib/varco.mjs';

let world;
const HOUR = 3600000;

before(async () => {
  world = await startWorld({
    gateway: { server: { clock: 'upstream' } }, sim: ['--clock', 'virtual'], company: { waba: { limit: 25 } },
  });
  const now = await world.sim.now();
  await world.sim.clock({ advance_ms: new Date(now).setUTCHours(34, 0, 0, 0) - now }); // by day
});
after(() => world?.stop());

const briton = (n) => `+4477009001${String(n).padStart(2, '0')}`;
const offer = (n) => world.send(template(briton(n), 'spring_offer', 'Anna'));
const ruleOf = (r) => r.json().error?.varco?.rules[0].id;
const tell = (field, value) => world.sim.control('POST', 'event', { field, value, entry: company.waba });
const heard = async (object) => (await world.api('GET', '/api/v1/alarms')).items
  .filter((x) => x.scope === object && !x.kind.startsWith('incident.')).map((x) => x.kind).reverse();
const incidents = async () => (await world.api('GET', '/api/v1/incidents')).items.map((x) => [x.kind, x.state]);

async function metric(name) {
  const { text } = await request(`${world.url}/metrics`);
  return Number(new RegExp(`^${name}\\{portfolio="${company.portfolio}"\\} (\\S+)$`, 'm').exec(text)[1]);
}

test('marketing hears of its share before it is used up, and when there is room again', async () => {
  const portfolio = `portfolio:${company.portfolio}`;
  await grant(world.api, Array.from({ length: 21 }, (_, n) => briton(n)));
  assert.equal(await metric('varco_portfolio_limit'), 25);
  assert.equal(await metric('varco_portfolio_marketing'), 20);
  const levels = [[16, ['portfolio.share']], [19, ['portfolio.share', 'portfolio.share']],
    [20, ['portfolio.share', 'portfolio.share', 'portfolio.share_used']]];
  let sent = 0;
  for (const [people, kinds] of levels) {
    for (; sent < people; sent++) assert.equal((await offer(sent)).status, 200, `${sent}`);
    await until(async () => (await heard(portfolio)).length === kinds.length, `level ${people}`);
    assert.deepEqual(await heard(portfolio), kinds);
    await until(async () => await metric('varco_portfolio_people') === people, `${people} people`);
  }
  assert.equal(ruleOf(await offer(20)), 'limit.portfolio');
  await world.sim.clock({ advance_ms: 25 * HOUR });
  await until(async () => (await heard(portfolio)).at(-1) === 'portfolio.share_fine', 'the all clear');
  await until(async () => await metric('varco_portfolio_people') === 0, 'nobody');
});

test('a limit that falls is an incident until it rises', async () => {
  const limit = (n) => tell('business_capability_update', { max_daily_conversations_per_business: n });
  const become = (state) => until(async () => (await incidents())[0]?.[1] === state, state);
  await limit(10);
  await become('open');
  assert.deepEqual(await incidents(), [['limit_lowered', 'open']]);
  assert.equal((await world.api('GET', '/api/v1/incidents')).items[0].waba, company.waba); // a dossier is one account's
  await limit(2000);
  await become('answered');
  assert.deepEqual(await incidents(), [['limit_lowered', 'answered']]);
});

describe('told, and told when it is over', () => {
  const spring = { message_template_name: 'spring_offer', message_template_language: 'it', message_template_id: 7 };
  const object = `template:${company.waba}/spring_offer/it`;
  const rows = [
    { name: 'a template that Meta pauses', of: object, told: ['template.stopped', 'template.fine'], kind: 'template_paused', steps: [
      ['message_template_status_update', { event: 'PAUSED', ...spring, other_info: { title: 'FIRST_PAUSE' } }],
      ['message_template_status_update', { event: 'APPROVED', ...spring, other_info: { title: 'UNPAUSE' } }]] },
    // The field's name is wrong in one of Meta's own samples.
    { name: 'a template of medium quality', of: object, told: ['template.quality_yellow', 'template.quality_fine'], steps: [
      ['message_template_status_update', { ...spring, previous_quality_score: 'GREEN', new_quality_score: 'YELLOW' }],
      ['message_template_quality_update', { ...spring, previous_quality_score: 'YELLOW', new_quality_score: 'GREEN' }]] },
    { name: 'a Flow', of: `waba:${company.waba}`, told: ['flow.stopped', 'flow.fine'], steps: [
      ['flows', { event: 'FLOW_STATUS_CHANGE', flow_id: '1', old_status: 'PUBLISHED', new_status: 'BLOCKED' }],
      ['flows', { event: 'FLOW_STATUS_CHANGE', flow_id: '1', old_status: 'BLOCKED', new_status: 'PUBLISHED' }]] },
    { name: 'a group', of: `waba:${company.waba}`, told: ['group.suspended', 'group.fine'], kind: 'group_suspended', steps: [
      ['group_status_update', { groups: [{ type: 'group_suspend', group_id: 'g1' }] }],
      ['group_status_update', { groups: [{ type: 'group_suspend_cleared', group_id: 'g1' }] }]] },
    { name: 'a review of the account', of: `waba:${company.waba}`, told: ['account.restricted', 'account.restriction_ended'], kind: 'restricted', steps: [
      ['account_review_update', { decision: 'REJECTED' }], ['account_review_update', { decision: 'APPROVED' }]] },
    { name: 'a restriction of a kind that nobody knows', of: `waba:${company.waba}`, told: ['account.restricted'], kind: 'restricted', steps: [
      ['account_update', { event: 'ACCOUNT_RESTRICTION', restriction_info: [{ restriction_type: 'RESTRICTED_BREATHING' }] }]] },
  ];
  for (const row of rows) {
    test(row.name, async () => {
      const first = (await heard(row.of)).length, before_ = (await incidents()).length;
      for (const [i, [field, value]] of row.steps.entries()) {
        await world.sim.clock({ advance_ms: 60000 }); // what is told in the same second is told in no order
        await tell(field, value);
        await world.sim.idle();
        await until(async () => (await heard(row.of)).length === first + i + 1, `step ${i}`);
        assert.equal((await heard(row.of)).at(-1), row.told[i], `step ${i}`);
        if (!row.kind) continue;
        await until(async () => (await incidents()).length === before_ + 1 && (await incidents())[0][1] === (i ? 'answered' : 'open'),
          `incident at step ${i}`);
        assert.equal((await incidents())[0][0], row.kind);
      }
      assert.deepEqual((await heard(row.of)).slice(first), row.told);
    });
  }
  after(async () => {
    assert.equal(ruleOf(await world.send(template(person(1), 'order_shipped', '7'))), 'account.restricted');
    await world.api('POST', `/api/v1/accounts/${company.waba}/lift`, { restriction: 'RESTRICTED_BREATHING', reason: 'A rehearsal' });
  });
});

const metadata = { display_phone_number: '393331234500', phone_number_id: company.number };

test('an opt-out counts while another app owns the conversation, and opens no window', async () => {
  const said = (id, body) => ({ from: person(2).slice(1), id, timestamp: seconds(), type: 'text', text: { body } });
  const standby = { messages: [said('wamid.S1', 'quando arriva?'), said('wamid.S2', 'STOP')] };
  const r = await world.webhook(envelope('standby', { messaging_product: 'whatsapp', metadata, standby }));
  assert.equal(r.status, 200);
  const { consents } = await world.api('POST', '/api/v1/consents/show', { phone: person(2) });
  assert.deepEqual(consents.map((x) => `${x.act} ${x.purpose}`).sort(), ['grant all', 'withdraw marketing', 'withdraw utility']);
  const text = { messaging_product: 'whatsapp', to: person(2), type: 'text', text: { body: 'Ciao' } };
  assert.equal(ruleOf(await world.send(text)), 'window.closed');
});

test('what another program sends counts for the rate of the pair', async () => {
  const now = seconds(await world.sim.now());
  const echoes = Array.from({ length: 45 }, (_, i) => ({
    from: '393331234500', to: person(3).slice(1), id: `wamid.E${i}`, timestamp: now, type: 'text', text: { body: 'x' },
  }));
  await world.webhook(envelope('message_echoes', { messaging_product: 'whatsapp', metadata, message_echoes: echoes }));
  assert.equal(ruleOf(await world.send(template(person(3), 'order_shipped', '7'))), 'limit.pair');
});
