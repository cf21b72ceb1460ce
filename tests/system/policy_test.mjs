// A change of the policy takes effect with its answer, without a restart and for good: sends are judged by it, decisions name it, what it
// would have done was told before, and what protects less wants two people.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inParallel, person, startWorld, template, text, until } from './lib/varco.mjs';

const marta = { by: 'Marta Neri', reason: 'A test.' };
const luca = { by: 'Luca Bianchi' };

let world;
const policy = (path, body) => world.api(body ? 'POST' : 'GET', `/api/v1/policy${path}`, body);
const apply = (p, by = luca) => policy(`/proposals/${p.id}/apply`, by);
let count = 0; // no two texts are the same
const offer = (n) => world.send(template(person(n), 'spring_offer', `Ada ${++count}`));
const news = (n) => world.send(template(person(n), 'order_shipped', 'A1'));
const rulesOf = (r) => r.json().error?.varco?.rules.map((x) => x.id) ?? [];

async function refused(status, field, call) {
  const error = await call().then(() => assert.fail('it was taken'), (e) => e);
  assert.deepEqual([error.status, error.problem?.field ?? null], [status, field], error.message);
  return error.problem;
}

before(async () => { world = await startWorld({ company: { people: 60 } }); });
after(() => world.stop());

test('a level that protects less wants a second person, and holds from the answer on', async () => {
  const first = await news(50);
  assert.equal(first.status, 200, first.text);
  const stranger = () => world.send(template('+393331234599', 'order_shipped', 'A1'));
  const before_ = await stranger();
  assert.deepEqual(rulesOf(before_), ['consent.missing'], before_.text);
  const p = await policy('/proposals', { ...marta, level: ['consent.missing=warn'], at_once: true });
  assert.deepEqual([p.state, p.second, p.possible], ['open', true, true]);
  assert.deepEqual(p.differences.map((x) => [x.what, x.rule, x.from, x.to, x.laxer]),
    [['level', 'consent.missing', 'refuse', 'warn', true]]);
  assert.equal((await stranger()).status, 400, 'a proposal changes nothing');
  for (const by of ['marta neri', 'M a r t a  N e r i', 'Neri, Marta', 'M\u00e0rta Neri'])
    await refused(403, 'by', () => apply(p, { by }));
  const done = await apply(p);
  assert.deepEqual([done.state, done.ended_by, done.version], ['applied', 'Luca Bianchi', 1]);
  const now = await stranger();
  assert.equal(now.status, 200, now.text);
  const decision = await world.decision(now.decision);
  assert.match(decision.policy, /\+1$/);
  assert.deepEqual(decision.warnings.filter((id) => id === 'consent.missing'), ['consent.missing']);
  assert.equal((await world.decision(first.decision)).policy, decision.policy.replace('+1', ''));
  const shown = await policy('');
  assert.deepEqual([shown.number, shown.version, shown.changed_by], [1, decision.policy, 'Luca Bianchi']);
  const rule = shown.rules.find((x) => x.id === 'consent.missing');
  assert.deepEqual([rule.level, rule.default_level], ['warn', 'refuse']);
  await refused(409, 'id', () => apply(p));
});

test('what it would have done is told before', async () => {
  for (let n = 1; n <= 3; n++) assert.equal((await offer(n)).status, 200);
  for (let n = 1; n <= 3; n++) assert.deepEqual(rulesOf(await offer(n)), ['limit.frequency']);
  const p = await policy('/proposals', { ...marta, figure: ['frequency.marketing[0].max=2'] });
  assert.equal(p.second, true);
  const e = await policy(`/proposals/${p.id}/effect`);
  // With the two strangers of before, whom the policy in force lets pass as well.
  assert.deepEqual(e.moves, [{ from: 'refuse', to: 'allow', decisions: 5 }]);
  assert.deepEqual(e.rules.filter((x) => x.rule === 'limit.frequency').map((x) => [x.stops_more, x.stops_no_more]), [[0, 3]]);
  assert.equal(e.examples.length, 5);
  assert.equal(e.complete, true);
  assert.equal(e.same + e.cannot_tell + 5, e.decisions);
  await apply(p);
  assert.equal((await offer(1)).status, 200);
  await refused(409, 'id', () => policy(`/proposals/${p.id}/effect`));
});

test('what protects more needs nobody else', async () => {
  const p = await policy('/proposals', { ...marta, level: ['consent.missing=default'], at_once: true });
  assert.deepEqual([p.state, p.second, p.version], ['applied', false, 3]);
  assert.deepEqual(rulesOf(await world.send(template('+393331234598', 'order_shipped', 'A1'))), ['consent.missing']);
});

test('an exception is for one place, until its end', async () => {
  for (let i = 0; i < 2; i++) await offer(4);
  assert.deepEqual(rulesOf(await offer(4)), ['limit.frequency']);
  const p = await policy('/exceptions', { ...marta, rule: 'limit.frequency', template: 'spring_offer', for: '7d' });
  assert.deepEqual([p.kind, p.state, p.second], ['except', 'open', true]);
  await refused(403, 'by', () => apply(p, { by: marta.by }));
  await apply(p);
  const passed = await offer(4);
  assert.equal(passed.status, 200, passed.text);
  const decision = await world.decision(passed.decision);
  const finding = decision.details.find((x) => x.id === 'limit.frequency');
  const [exception] = (await policy('')).exceptions;
  assert.deepEqual([finding.level, finding.evidence.exception], ['warn', exception.id]);
  assert.deepEqual([exception.scope, exception.scope_id, exception.in_force, exception.by, exception.applied_by],
    ['template', 'spring_offer', true, 'Marta Neri', 'Luca Bianchi']);
  const ended = await policy(`/exceptions/${exception.id}/end`, marta);
  assert.equal(ended.state, 'applied');
  assert.deepEqual(rulesOf(await offer(4)), ['limit.frequency']);
});

test('rules that bind always are out of reach', async () => {
  await refused(400, 'level', () => policy('/proposals', { ...marta, level: ['consent.withdrawn=warn'] }));
  await refused(400, 'rule', () => policy('/exceptions', { ...marta, rule: 'recipient.suppressed', number: '100200300', for: '1d' }));
});

test('rolling back brings a former version back, and every version has its entry of the ledger', async () => {
  const { items } = await policy('/versions');
  assert.deepEqual(items.map((v) => v.number), [5, 4, 3, 2, 1]);
  for (const [i, v] of items.slice(1).entries()) assert.equal(v.after, items[i].before, `version ${v.number}`);
  const back = await apply(await policy('/roll-back', { ...marta, to: 0 }), luca);
  assert.equal(back.version, 6);
  const { differences } = await policy('/diff?from=0&to=6');
  assert.deepEqual(differences, []);
  assert.deepEqual((await policy('/diff?from=0&to=2')).differences.map((x) => x.figure ?? x.rule),
    ['consent.missing', 'frequency.marketing[0].max']);
  const entries = (await world.api('GET', '/api/v1/ledger?limit=1000')).items.map((x) => x.seq);
  for (const v of items) assert.ok(entries.includes(v.entry), `entry ${v.entry} of version ${v.number}`);
});

test('many sends and many changes at once: each decision names the policy that judged it', async () => {
  const levels = ['warn', 'refuse'];
  const answers = [];
  const changes = (async () => {
    for (let i = 0; i < 6; i++) {
      await apply(await policy('/proposals', { ...marta, level: [`content.link=${levels[(i + 1) % 2]}`] }));
    }
  })();
  await inParallel(Array.from({ length: 60 }, (_, n) => n), async (n) => {
    answers.push(await world.send(template(person(1 + n % 40), 'order_shipped', `https://bit.ly/${n}`)));
  }, 8);
  await changes;
  const { items } = await policy('/versions');
  const refusing = new Set(items.filter((v) => v.number > 6 && (v.number - 6) % 2 === 1).map((v) => v.version));
  for (const r of answers) {
    const d = await world.decision(r.decision);
    const found = d.details.find((x) => x.id === 'content.link');
    if (found) assert.equal(found.level, refusing.has(d.policy) ? 'refuse' : 'warn', d.policy);
  }
});

test('it is still in force behind a restart', async () => {
  await apply(await policy('/proposals', { ...marta, level: ['template.opt_out=refuse'], figure: ['quiet_hours.from=20:00'] }));
  const was = await policy('');
  await world.gateway.stop();
  await world.startGateway();
  await until(async () => (await policy('')).digest === was.digest, 'the same policy');
  const now = await policy('');
  assert.deepEqual([now.number, now.version], [was.number, was.version]);
  assert.equal(now.rules.find((x) => x.id === 'template.opt_out').level, 'refuse');
  const figures = now.rules.find((x) => x.id === 'limit.quiet_hours').figures;
  assert.deepEqual(figures.map((f) => [f.figure, f.value, f.default])[0], ['quiet_hours.from', '20:00', '21:00']);
  const r = await world.send(text(person(50), 'Ciao'));
  assert.match((await world.decision(r.decision)).policy, new RegExp(`\\+${now.number}$`));
});
