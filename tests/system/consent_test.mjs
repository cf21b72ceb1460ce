// Evidence and opt-out on WhatsApp itself: a person is asked and answers by button or word, and the signed webhook is the proof;
// STOP is confirmed once, inside the window, and never outside it.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { comingDay, company, inbound, person, scratch, sleep, startWorld, status, template, text, until } from './lib/varco.mjs';

const { number } = company;
const [, second] = company.numbers;
const NOON = comingDay(2, 11); // in Rome, on a Tuesday: no quiet hours
const DAY = 86400000;

const question = {
  name: 'confirm_offers', language: 'it', category: 'UTILITY', status: 'APPROVED',
  components: [
    { type: 'BODY', text: 'Ciao {{1}}, vuoi ricevere le offerte di Bottega Esempio su WhatsApp?' },
    { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Sì, confermo' }, { type: 'QUICK_REPLY', text: 'No, grazie' }] },
  ],
};
const proofs = {
  text_version: '3', notice_version: '2026-10', notice_url: 'https://bottega.example/privacy',
  terms_version: '7', terms_url: 'https://bottega.example/terms', source: 'https://bottega.example/newsletter',
};

let world;
let next = 30; // people who have agreed to nothing yet

// The built-in pack, but three opt-outs by one code in an hour are a burst already.
function nervousPack() {
  const pack = readFileSync(new URL('../../packs/default.json', import.meta.url), 'utf8');
  const file = join(scratch('pack'), 'pack.json');
  const changed = pack.replace('"auto_opt_outs_per_code_per_hour": 50', '"auto_opt_outs_per_code_per_hour": 3');
  assert.notEqual(changed, pack);
  writeFileSync(file, changed);
  return file;
}

before(async () => {
  world = await startWorld({
    gateway: { server: { clock: 'upstream' }, policy: { pack: nervousPack() } }, company: { people: 29 },
  });
  await world.sim.clock({ now: NOON, run: true });
  await world.api('POST', '/api/v1/templates', { waba: company.waba, file: question });
});

after(() => world?.stop());

const stranger = () => person(next++);
const now = () => world.sim.now();
const record = (phone, purpose, evidence = 'form') => world.api('POST', '/api/v1/consents', { phone, purpose, evidence });
const acts = async (phone) => (await world.api('POST', '/api/v1/consents/evidence', { phone })).consents;
const newest = async (phone, purpose) => (await acts(phone)).filter((x) => x.purpose === purpose).at(-1);
const offer = (phone) => world.send(template(phone, 'spring_offer', 'Anna'));
const rulesOf = (r) => r.json().error.varco.rules.map((x) => x.id);

function ask(phone, more = {}) {
  return world.api('POST', '/api/v1/requests', {
    phone, number, purpose: 'marketing', template: 'confirm_offers', language: 'it', values: ['Anna'], ...proofs, ...more,
  });
}

test('a question that policy does not let out says so, and may be asked again', async () => {
  const phone = stranger();
  const refused = await ask(phone), first = refused;
  assert.deepEqual([refused.state, refused.send, refused.rules], ['refused', 'refused', ['consent.missing']]);
  assert.match(refused.details[0].because, /has not agreed to utility/);
  const second = await ask(phone);
  assert.notEqual(second.id, first.id);
  assert.equal((await world.api('GET', `/api/v1/requests/${first.id}`)).state, 'withdrawn');
});

// What the simulator received for somebody since a mark; it takes all of it.
async function sentTo(phone, mark) {
  const all = (await world.sim.sends(mark)).filter((x) => x.to === phone);
  for (const x of all) assert.equal(x.status, 200, JSON.stringify(x));
  return all;
}

// They write by the simulator, which then has their window open too; once it answers, the gateway has taken the webhook.
const says = (from, words, o = {}) => world.sim.inbound({ number, from, text: words, ...o });
const tap = (from, payload, title = 'Sì, confermo', o = {}) => says(from, title, { type: 'button', payload, ...o });
const tapReply = (from, payload, title) => says(from, title, { type: 'button_reply', payload });

// A webhook of its own, told to be from another time.
async function saysAt(at, from, body, message) {
  const r = await world.webhook(inbound({ from, body, at, message }));
  assert.equal(r.status, 200, r.text);
}

describe('double opt-in', () => {
  test('a template asks, a button answers, and the webhook is the proof', async () => {
    const phone = stranger();
    await record(phone, 'utility');
    assert.deepEqual(rulesOf(await offer(phone)), ['consent.missing']);
    const mark = await world.sim.mark();
    const request = await ask(phone);
    assert.equal(request.state, 'pending');
    assert.equal(request.text, 'Ciao Anna, vuoi ricevere le offerte di Bottega Esempio su WhatsApp?');
    const [sent] = await until(async () => {
      const all = await sentTo(phone, mark);
      return all.length && all;
    }, 'the question');
    const buttons = sent.body.template.components.filter((x) => x.type === 'button');
    const payloads = buttons.map((x) => x.parameters[0].payload);
    assert.deepEqual(payloads, [`varco:${request.id}:yes`, `varco:${request.id}:no`]);
    assert.equal(sent.decision, request.decision);
    const decision = await world.settled(request.decision, ['accepted', 'sent', 'delivered', 'read']);
    assert.equal(decision.app, 'varco');

    const envelope = inbound({
      from: phone, at: await now(), message: { type: 'button', button: { payload: payloads[0], text: 'Sì, confermo' } },
    });
    const raw = JSON.stringify(envelope);
    assert.equal((await world.webhook(envelope)).status, 200);
    const grant = await newest(phone, 'marketing');
    assert.equal(grant.act, 'grant');
    assert.equal(grant.evidence, 'double_opt_in');
    assert.equal(grant.text, request.text);
    assert.equal(grant.channel, 'whatsapp');
    for (const [name, value] of Object.entries(proofs)) assert.equal(grant[name], value, name);
    assert.deepEqual(grant.proof, {
      asked: request.decision, message: envelope.entry[0].changes[0].value.messages[0].id, number,
      post: createHash('sha256').update(raw).digest('hex'), reply: 'button', request: request.id,
      signature: `sha256=${createHmac('sha256', company.secret).update(raw).digest('hex')}`,
    });
    const done = await world.api('GET', `/api/v1/requests/${request.id}`);
    assert.equal(done.state, 'confirmed');
    assert.equal(done.leaf, grant.leaf);
    assert.equal((await offer(phone)).status, 200);
    // The same tap again, and a no that comes later: the no is heard.
    await tap(phone, payloads[0]);
    assert.equal((await acts(phone)).filter((x) => x.purpose === 'marketing').length, 1);
    await sleep(1100);
    await tap(phone, payloads[1], 'No, grazie');
    assert.equal((await newest(phone, 'marketing')).act, 'withdraw');
  });

  test('inside the window two buttons ask, and a word answers', async () => {
    const phone = stranger();
    await says(phone, 'Buongiorno');
    const mark = await world.sim.mark();
    const request = await ask(phone, { template: undefined, language: undefined, values: undefined, text: 'Vuoi le nostre offerte?' });
    const [sent] = await until(async () => {
      const all = await sentTo(phone, mark);
      return all.length && all;
    }, 'the question');
    assert.equal(sent.body.interactive.body.text, 'Vuoi le nostre offerte?');
    assert.deepEqual(sent.body.interactive.action.buttons.map((x) => x.reply.title), ['Sì, confermo', 'No, grazie']);
    await says(phone, 'Sì, certo, ma domani'); // that is no word of the list
    assert.equal(await newest(phone, 'marketing'), undefined);
    await says(phone, 'SI!');
    const grant = await newest(phone, 'marketing');
    assert.equal(grant.evidence, 'double_opt_in');
    assert.equal(grant.text, 'Vuoi le nostre offerte?');
    assert.equal(grant.proof.reply, 'word');
    assert.equal(grant.proof.request, request.id);
  });

  test('a no declines that purpose and no other', async () => {
    const phone = stranger();
    await record(phone, 'utility');
    const request = await ask(phone);
    await tapReply(phone, `varco:${request.id}:no`, 'No, grazie');
    assert.equal((await world.api('GET', `/api/v1/requests/${request.id}`)).state, 'declined');
    assert.equal((await newest(phone, 'marketing')).act, 'withdraw');
    assert.equal((await newest(phone, 'utility')).act, 'grant');
    await assert.rejects(ask(phone), /403/);
  });

  test('nobody answers for another, from another number, by another text, or after STOP', async () => {
    const [phone, other] = [stranger(), stranger()];
    await record(phone, 'utility');
    const request = await ask(phone);
    const yes = `varco:${request.id}:yes`;
    await tap(other, yes);
    await tap(phone, yes, 'Sì', { number: second });
    await says(phone, yes);
    await says(other, 'sì');
    assert.equal(await newest(phone, 'marketing'), undefined);
    assert.equal(await newest(other, 'marketing'), undefined);
    await says(phone, 'STOP');
    await tap(phone, yes);
    assert.equal((await newest(phone, 'marketing')).act, 'withdraw');
    assert.equal((await world.api('GET', `/api/v1/requests/${request.id}`)).state, 'withdrawn');
  });

  test('an unsigned yes is none', async () => {
    const phone = stranger();
    await record(phone, 'utility');
    const request = await ask(phone);
    const yes = inbound({
      from: phone, at: await now(), message: { type: 'button', button: { payload: `varco:${request.id}:yes`, text: 'Sì' } },
    });
    assert.equal((await world.webhook(yes, { secret: 'another secret' })).status, 401);
    assert.equal(await newest(phone, 'marketing'), undefined);
    assert.equal((await world.api('POST', `/api/v1/requests/${request.id}/cancel`, {})).state, 'withdrawn');
    assert.equal((await world.webhook(yes)).status, 200);
    assert.equal(await newest(phone, 'marketing'), undefined);
  });

  test('what cannot be asked is said', async () => {
    const phone = stranger();
    const fails = (more, code) => assert.rejects(ask(phone, more), (e) => e.status === code || assert.fail(e.message));
    await fails({ purpose: 'all' }, 400);
    await fails({ template: 'nothing_like_it' }, 404);
    await fails({ values: [] }, 400);
    await fails({ language: undefined }, 400);
    await fails({ text: 'Vuoi?' }, 400);
    await fails({ number: '999' }, 404);
    await fails({ notice_url: 'http://bottega.example' }, 400);
    await fails({ template: undefined, values: undefined, text: 'Vuoi?' }, 403); // the window is closed
    await record(phone, 'utility');
    const request = await ask(phone);
    await fails({}, 409); // asked already
    const { items } = await world.api('GET', '/api/v1/requests?state=pending&limit=1');
    assert.equal(items[0].id, request.id);
  });

  test('a question that policy refuses is on record and not sent', async () => {
    const phone = stranger();
    const mark = await world.sim.mark();
    const request = await ask(phone);
    const decision = await world.settled(request.decision, ['refused']);
    assert.deepEqual(decision.rules, ['consent.missing']);
    assert.deepEqual(await sentTo(phone, mark), []);
  });
});

describe('attachments', () => {
  const pdf = Buffer.from('%PDF-1.7\nModulo firmato da Ada Esempio\n%%EOF\n');
  const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(3 << 20, 7)]);
  const base64 = (...files) => files.map((x) => x.toString('base64'));
  const hash = (x) => createHash('sha256').update(x).digest('hex');
  const attach = (phone, attachments, more) => world.api('POST', '/api/v1/consents', {
    phone, purpose: 'marketing', evidence: 'signed', text: 'Sì', attachments, ...more,
  });
  const evidence = () => readdirSync(join(world.state, 'evidence'));

  test('they are kept sealed, named by their digest, and come back', async () => {
    const phone = stranger();
    await attach(phone, base64(pdf, png));
    const grant = await newest(phone, 'marketing');
    assert.deepEqual(grant.attachments, [
      { bytes: pdf.length, sha256: hash(pdf), type: 'application/pdf' },
      { bytes: png.length, sha256: hash(png), type: 'image/png' }]);
    const file = evidence().find((x) => x.startsWith(hash(pdf)));
    const sealed = readFileSync(join(world.state, 'evidence', file));
    assert.ok(!sealed.includes('Ada Esempio'));
    const back = await world.api('GET', `/api/v1/attachments/${hash(png)}`);
    assert.equal(back.type, 'image/png');
    assert.ok(Buffer.from(back.content, 'base64').equals(png));
  });

  test('the same act again keeps nothing more', async () => {
    const phone = stranger();
    const at = new Date(Date.now() - DAY).toISOString();
    await attach(phone, base64(pdf), { at });
    const before = evidence().length;
    await attach(phone, base64(pdf), { at });
    assert.equal(evidence().length, before);
    assert.equal((await acts(phone)).length, 1);
  });

  test('they go with the person, also with who came back by them', async () => {
    const phone = stranger();
    const own = Buffer.from('%PDF-1.7\nModulo di chi torna\n%%EOF\n');
    const erase = () => world.api('POST', '/api/v1/consents/erase', { phone, yes: true });
    const files = () => evidence().filter((x) => x.startsWith(hash(own))).length;
    await record(phone, 'marketing');
    await erase();
    await attach(phone, base64(own));
    assert.equal(files(), 1);
    await erase();
    assert.equal(files(), 0);
  });

  test('what is no picture, paper or recording is not taken', async () => {
    const phone = stranger();
    const fails = (files, code) => assert.rejects(attach(phone, files), (e) => e.status === code || assert.fail(e.message));
    await fails(base64(Buffer.from('<svg onload="x()"/>')), 400);
    await fails(base64(Buffer.from('MZ')), 400);
    await fails(base64(Buffer.alloc(0)), 400);
    await fails(['%%%'], 400);
    await fails('text', 400);
    await fails([1], 400);
    await fails(base64(...Array(9).fill(pdf)), 413);
    await fails(base64(Buffer.concat([pdf, Buffer.alloc(8 << 20)])), 413);
    assert.equal(await world.api('GET', `/api/v1/attachments/${'0'.repeat(64)}`).catch((e) => e.status), 404);
    assert.equal(await world.api('GET', '/api/v1/attachments/x').catch((e) => e.status), 404);
  });

  test('what no act names is gone after the next start', async () => {
    const before = evidence().length;
    writeFileSync(join(world.state, 'evidence', `${'0'.repeat(64)}-${'0'.repeat(16)}`), 'x');
    await world.gateway.kill();
    await world.startGateway();
    await until(() => evidence().length === before, 'its end');
  });
});

describe('entry links', () => {
  const words = 'Sì, voglio le offerte di Bottega Esempio';
  const link = (more) => world.api('POST', '/api/v1/links', { number, purpose: 'marketing', text: words, ...proofs, ...more });

  test('who writes by it has agreed, with those very words', async () => {
    const phone = stranger();
    const made = await link();
    assert.equal(made.url, `https://wa.me/393331234500?text=${encodeURIComponent(made.message)}`);
    assert.equal(made.message.replace(/ #[0-9A-Z]{8}$/, ''), words);
    await says(phone, 'Non voglio niente ' + made.message.slice(-9));
    assert.equal(await newest(phone, 'marketing'), undefined);
    await says(phone, made.message);
    const grant = await newest(phone, 'marketing');
    assert.equal(grant.evidence, 'inbound_message');
    assert.equal(grant.text, words);
    for (const [name, value] of Object.entries(proofs)) assert.equal(grant[name], value, name);
    assert.equal(grant.proof.link, made.id);
    assert.match(grant.proof.post, /^[0-9a-f]{64}$/);
    assert.equal((await offer(phone)).status, 200);
    assert.equal((await world.api('GET', `/api/v1/links/${made.id}`)).uses, 1);
    const { svg } = await world.api('GET', `/api/v1/links/${made.id}/qr`);
    assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[^]*<\/svg>\n$/);
    assert.doesNotMatch(svg, /script|href/);
  });

  test('one that has ended counts for nothing', async () => {
    const phone = stranger();
    const made = await link();
    assert.notEqual((await world.api('POST', `/api/v1/links/${made.id}/end`, {})).ended_at, null);
    await says(phone, made.message);
    assert.equal(await newest(phone, 'marketing'), undefined);
    const { items } = await world.api('GET', '/api/v1/links?limit=1');
    assert.equal(items[0].id, made.id);
  });

  test('what makes no link is said', async () => {
    const fails = (more, code) => assert.rejects(link(more), (e) => e.status === code || assert.fail(e.message));
    await fails({ number: '999' }, 404);
    await fails({ purpose: 'all' }, 400);
    await fails({ text: '🙂' }, 400);
    await fails({ text: '漢'.repeat(300) }, 413);
    await fails({ text: 'a'.repeat(401) }, 413);
    await fails({ terms_url: 'bottega' }, 400);
  });
});

describe('a burst of opt-outs by one code', () => {
  const crowd = [21, 22, 23, 24, 25].map(person);
  const stops = async (state) => (await world.api('GET', `/api/v1/stops?state=${state}`)).items;

  // They got an offer, and then a status says that they stopped marketing.
  async function stoppedByCode(phone) {
    const r = await offer(phone);
    assert.equal(r.status, 200, r.text);
    const wamid = r.json().messages[0].id;
    const hook = await world.webhook(status({ wamid, is: 'failed', to: phone, at: await now(), code: 131050 }));
    assert.equal(hook.status, 200);
  }

  test('what comes after the first ones is held, and nothing is sent to them', async () => {
    for (const phone of crowd) await stoppedByCode(phone);
    assert.equal((await stops('applied')).length, 2);
    assert.equal((await stops('held')).length, 3);
    assert.equal((await newest(crowd[1], 'marketing')).source, 'meta:131050');
    assert.equal(await newest(crowd[2], 'marketing'), undefined);
    const mark = await world.sim.mark();
    for (const phone of crowd) assert.ok(rulesOf(await offer(phone)).includes('consent.meta_stop'));
    for (const phone of crowd) assert.deepEqual(await sentTo(phone, mark), []);
    const { items } = await world.api('GET', '/api/v1/alarms?kind=opt_out.burst');
    assert.deepEqual(items.map((x) => x.scope), ['131050']);
  });

  test('released, they are as before; who chose for themselves meanwhile is not', async () => {
    await says(crowd[3], 'stop promozioni');
    const r = await world.api('POST', '/api/v1/stops/release', { code: 131050, reason: 'Errore di Meta' });
    assert.equal(r.people, 3);
    assert.deepEqual(await stops('held'), []);
    const rules = rulesOf(await offer(crowd[2]));
    assert.ok(!rules.includes('consent.meta_stop'), rules.join());
    assert.ok(rulesOf(await offer(crowd[3])).includes('consent.withdrawn'));
  });

  test('a message that did not pass Varco makes them as well, and no alarm', async () => {
    const phone = person(27);
    const bypassed = async () => (await world.api('GET', '/api/v1/alarms?kind=bypass.detected')).items.length;
    const before = await bypassed();
    assert.equal((await offer(phone)).status, 200);
    const hook = await world.webhook(status({
      wamid: 'wamid.PASSED-BY-STOP', is: 'failed', to: phone, at: await now(), code: 131050,
    }));
    assert.equal(hook.status, 200);
    assert.equal((await stops('held')).length, 1);
    assert.ok(rulesOf(await offer(phone)).includes('consent.meta_stop'));
    assert.equal(await bypassed(), before);
    await world.api('POST', '/api/v1/stops/release', { code: 131050, reason: 'Prova' });
  });

  test('confirmed, they are acts', async () => {
    const phone = person(26);
    await stoppedByCode(phone);
    assert.equal((await stops('held')).length, 1);
    const r = await world.api('POST', '/api/v1/stops/confirm', { code: 131050, reason: 'Sono veri' });
    assert.equal(r.people, 1);
    assert.equal((await newest(phone, 'marketing')).act, 'withdraw');
    await assert.rejects(world.api('POST', '/api/v1/stops/confirm', { code: 131050, reason: '' }), /400/);
  });
});

describe('words that may be an opt-out', () => {
  const stops = async (state) => (await world.api('GET', `/api/v1/stops?state=${state}`)).items;
  const sentence = 'Buonasera, non voglio più ricevere i vostri messaggi';

  const people = [];

  before(async () => {
    for (let i = 0; i < 4; i++) {
      people.push(stranger());
      await record(people[i], 'marketing');
    }
  });

  test('no marketing goes to them, nothing is withdrawn, and a person is told', async () => {
    const phone = people[0];
    await says(phone, 'non voglio più il prodotto blu ma quello rosso');
    assert.deepEqual(await stops('held'), []);
    await says(phone, sentence);
    await says(phone, sentence);
    const [held, ...more] = await stops('held');
    assert.deepEqual(more, []);
    assert.deepEqual([held.code, held.words, held.state], [null, sentence, 'held']);
    assert.ok(held.phone.includes('•') && !phone.includes(held.phone), held.phone);
    assert.equal((await newest(phone, 'marketing')).act, 'grant');
    const mark = await world.sim.mark();
    const refused = await offer(phone);
    assert.deepEqual(rulesOf(refused), ['consent.meta_stop']);
    assert.match(refused.text, /stop list/);
    assert.deepEqual(await sentTo(phone, mark), []);
    const { items } = await world.api('GET', '/api/v1/alarms?kind=opt_out.doubt');
    assert.equal(items.length, 1);
    assert.ok(!JSON.stringify(items).includes('messaggi'));
  });

  test('released they get it again, confirmed it is an act, and the person may decide it first', async () => {
    const end = (verb, id) => world.api('POST', `/api/v1/stops/${verb}`, { id, reason: 'Letto' });
    const [first] = await stops('held');
    assert.deepEqual(await end('release', first.id), { id: first.id, state: 'released', people: 1 });
    await assert.rejects(end('confirm', first.id), /404/);
    assert.equal((await offer(people[0])).status, 200);

    await says(people[1], 'please remove me from your list');
    const [second] = await stops('held');
    await end('confirm', second.id);
    for (const purpose of ['marketing', 'utility']) {
      const act = await newest(people[1], purpose);
      assert.deepEqual([act.act, act.source.slice(0, 8)], ['withdraw', 'message:']);
    }
    await says(people[2], 'Basta con questi messaggi!!');
    // Of promotions alone: what was about notices too stays in doubt.
    await says(people[2], 'stop promozioni');
    assert.equal((await newest(people[2], 'marketing')).act, 'withdraw');
    assert.equal((await stops('held')).length, 1);
    await says(people[2], 'S T O P');
    assert.deepEqual(await stops('held'), []);
    assert.equal((await newest(people[2], 'marketing')).act, 'withdraw');
    await says(people[3], 'Basta con questi messaggi!!');
    await says(people[3], 'INIZIA');
    assert.deepEqual(await stops('held'), []);
    assert.deepEqual(rulesOf(await offer(people[2])), ['consent.withdrawn']);
    assert.equal((await offer(people[3])).status, 200);
  });
});

describe('opt-out', () => {
  // Everything that was due has been sent.
  async function settled() {
    const status = () => world.api('GET', '/api/v1/status');
    await until(async () => {
      const { queues } = await status();
      return queues.held + queues.ready + queues.sending === 0;
    }, 'quiet');
  }

  const words = [
    ['it', 'Cancellami!', 1], ['en', 'unsubscribe', 2], ['es', 'no más mensajes', 3], ['fr', 'Désinscription', 4],
    ['de', 'Abmelden', 5], ['pt', 'descadastrar', 6],
  ];
  const answers = {
    it: /INIZIA/, en: /START/, es: /ALTA/, fr: /REPRENDRE/, de: /ANMELDEN/, pt: /VOLTAR/,
  };

  for (const [lang, word, n] of words) {
    test(`${lang}: a word stops, and is confirmed in that language, once`, async () => {
      const phone = person(n);
      const mark = await world.sim.mark();
      await says(phone, word);
      assert.equal((await newest(phone, 'marketing')).act, 'withdraw');
      assert.deepEqual(rulesOf(await offer(phone)), ['consent.withdrawn']);
      const [sent] = await until(async () => {
        const all = await sentTo(phone, mark);
        return all.length && all;
      }, 'the confirmation');
      assert.match(sent.body.text.body, answers[lang]);
      await says(phone, word);
      await says(phone, 'basta');
      await settled();
      assert.equal((await sentTo(phone, mark)).length, 1);
    });
  }

  test('a button stops promotions alone, and says so', async () => {
    const phone = person(7);
    const mark = await world.sim.mark();
    await tap(phone, 'STOP PROMOZIONI', 'Stop promozioni');
    assert.equal((await newest(phone, 'marketing')).act, 'withdraw');
    assert.equal(await newest(phone, 'utility'), undefined);
    const [sent] = await until(async () => {
      const all = await sentTo(phone, mark);
      return all.length && all;
    }, 'the confirmation');
    assert.match(sent.body.text.body, /promozioni/);
    assert.equal((await world.send(template(phone, 'order_shipped', '7'))).status, 200);
  });

  test('what comes a day late is honoured and not confirmed', async () => {
    const phone = person(8);
    const mark = await world.sim.mark();
    await saysAt(await now() - DAY, phone, 'stop');
    assert.equal((await newest(phone, 'marketing')).act, 'withdraw');
    await settled();
    assert.deepEqual(await sentTo(phone, mark), []);
  });

  test('a stop in WhatsApp, and a resume', async () => {
    const phone = person(9);
    const choice = async (value) => {
      const timestamp = String(Math.floor(await now() / 1000));
      const r = await world.webhook({
        object: 'whatsapp_business_account', entry: [{ id: company.waba, changes: [{
          field: 'user_preferences', value: {
            messaging_product: 'whatsapp', metadata: { display_phone_number: '393331234500', phone_number_id: number },
            user_preferences: [{
              wa_id: phone.slice(1), detail: 'choice', category: 'marketing_messages', value, timestamp,
            }],
          },
        }] }],
      });
      assert.equal(r.status, 200, r.text);
    };
    const mark = await world.sim.mark();
    await choice('stop');
    assert.deepEqual(rulesOf(await offer(phone)).sort(), ['consent.meta_stop', 'consent.withdrawn']);
    await settled();
    assert.deepEqual(await sentTo(phone, mark), []); // WhatsApp itself told them
    await sleep(1100);
    await choice('resume');
    assert.equal((await offer(phone)).status, 200);
  });

  test('a word gives back, with the message as evidence', async () => {
    const phone = person(10);
    await says(phone, 'STOP');
    await sleep(1100);
    await says(phone, 'Inizia');
    const grant = await newest(phone, 'marketing');
    assert.equal(grant.act, 'grant');
    assert.equal(grant.evidence, 'inbound_message');
    assert.equal(grant.text, 'Inizia');
    assert.match(grant.proof.signature, /^sha256=[0-9a-f]{64}$/);
    assert.equal((await offer(phone)).status, 200);
  });

  test('turned off, nothing is said', async () => {
    await world.gateway.stop();
    await world.startGateway({ policy: { mode: 'enforce', confirm_opt_out: 'false' } });
    const phone = person(11);
    const mark = await world.sim.mark();
    await says(phone, 'STOP');
    assert.equal((await newest(phone, 'marketing')).act, 'withdraw');
    await settled();
    assert.deepEqual(await sentTo(phone, mark), []);
  });

  test('the ledger still verifies', async () => {
    const { text: answer } = await world.send(text(person(12), 'x'));
    assert.ok(answer);
    const checkpoint = await world.api('POST', '/api/v1/ledger/checkpoint', {});
    assert.ok(checkpoint.size > 50);
  });
});
