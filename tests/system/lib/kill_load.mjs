// The load of kill_test.mjs: sends, held sends and webhooks, and a book of what became of each.
//
// A record is one send as its client knows it: {key, body, cycle, answer: {status, decision, wamid} or undefined, receipt: what
// the simulator took, retried}. A post is one webhook: {kind, phone, envelope, cycle, answered}. Every message bears its key in
// its words, so that a receipt leads back to its record.
import assert from 'node:assert/strict';
import {
  CROWD, company, crowd, grant, inbound, inParallel, sleep, template, templates, text, until,
} from './varco.mjs';

const SENDERS = 48;
const POSTERS = 6;
const SENDER_THINKS_MS = 120;
const POSTER_THINKS_MS = 60;
const HELD_AT_ONCE = 60;
const HELD_MS = [250, 450];

// A portfolio with a limit, for which more people queue than it has places.
const small = { portfolio: '700600501', waba: '900800701', number: '100200302' };
const PLACES_PER_CYCLE = 3;
const QUEUE_PER_CYCLE = 8;
const QUEUE_MS = 100;

// Who is who in the crowd: those who agreed, those who have written, and from there on everybody writes once.
const BUYERS = 8000;
const TALKERS = 4000;

const fromTheEnd = (i) => crowd(CROWD - 1 - i);

const [busy, paused] = company.numbers;

export class Load {
  records = [];
  posts = [];
  receipts = new Map(); // decision → what the simulator took
  #byKey = new Map();
  #world;
  #cycle = 0;
  #serial = 0;
  #buyer = 0;
  #talker = 0;
  #queue = 0;
  #queued = 0;
  #newcomer = BUYERS + TALKERS;
  #stopping = false;
  #slow = 0; // ms: for how much longer is held what has to come in first
  #loops = [];
  #wrong = []; // answers that no load should get

  constructor(world) {
    this.#world = world;
  }

  async prepare(cycles) {
    const { api, sim } = this.#world;
    this.places = cycles * PLACES_PER_CYCLE;
    this.#queue = cycles * QUEUE_PER_CYCLE;
    await this.#openSmallPortfolio(this.#queue);
    await sim.config({ statuses: 'delivered' });
    // People write by our own posts; the simulator only has to know that they may be answered.
    await sim.fault({ path: '/_sim/inbound', kind: 'drop_webhook', times: -1 });
    await grant(api, Array.from({ length: BUYERS }, (_, i) => crowd(i)));
    await inParallel(Array.from({ length: TALKERS }, (_, i) => crowd(BUYERS + i)), async (phone) => {
      const r = await this.#world.webhook(inbound({ from: phone }));
      assert.equal(r.status, 200);
      await this.#openAtSimulator(phone);
    });
  }

  async #openSmallPortfolio(people) {
    const { api, app, sim } = this.#world;
    await api('POST', '/api/v1/accounts', {
      waba: small.waba, portfolio: small.portfolio, name: 'Bottega Piccola', country: 'IT', limit: this.places,
      token_file: company.token, app_secret_file: company.secret, verify_token_file: company.verifyToken,
    });
    await api('POST', '/api/v1/numbers', {
      waba: small.waba, id: small.number, display: '+39 333 123 4300', established: true,
    });
    await api('POST', '/api/v1/templates', { waba: small.waba, file: templates[0] });
    await api('PATCH', `/api/v1/integrations/${app.id}`, { numbers: [...company.numbers, small.number] });
    await sim.config({ ...small });
    await grant(api, Array.from({ length: people }, (_, i) => fromTheEnd(i)));
  }

  #openAtSimulator(phone) {
    return this.#world.sim.inbound({ number: busy, from: phone, text: 'Ciao', wait: false });
  }

  // --- sends ---

  byBody(body) {
    return this.#byKey.get(/K\d+K/.exec(JSON.stringify(body))?.[0]);
  }

  #record(make, values = {}) {
    const key = `K${++this.#serial}K`;
    const record = { key, body: make(key), cycle: this.#cycle, number: busy, ...values };
    this.records.push(record);
    this.#byKey.set(key, record);
    return record;
  }

  // Everybody in turn, so that nobody gets two within the six seconds of the pair limit.
  #sale(values) {
    const phone = crowd(this.#buyer++ % BUYERS);
    return this.#record((key) => template(phone, 'order_shipped', key), values);
  }

  #reply() {
    const phone = crowd(BUYERS + (this.#talker++ % TALKERS));
    return this.#record((key) => text(phone, `Certo, ${key}`));
  }

  #held() {
    return this.#sale({ number: paused, prefer: 'respond-async' });
  }

  #place() {
    const phone = fromTheEnd(this.#queued++);
    return this.#record((key) => template(phone, 'order_shipped', key), { number: small.number, mayBeFull: true });
  }

  // Whether the answer is one that this record may get, beside those that every send may get.
  fits(record, status) {
    return [200, 202].includes(status) || (status === 429 && record.mayBeFull);
  }

  post(record) {
    return this.#world.send(record.body,
      { key: record.key, number: record.number, prefer: record.prefer });
  }

  // Sends it; a connection that ends leaves it without an answer.
  async #fire(record) {
    let r;
    try {
      r = await this.post(record);
    } catch {
      return false;
    }
    if (!this.fits(record, r.status)) this.#wrong.push(`a send was answered ${r.status} ${r.text}`);
    const answer = r.json();
    record.answer = {
      status: r.status,
      decision: r.decision ?? answer.varco?.decision,
      wamid: answer.messages?.[0]?.id,
    };
    return true;
  }

  // --- webhooks ---

  #newPost() {
    const phone = crowd(this.#newcomer++);
    assert.ok(this.#newcomer < CROWD - this.#queue, 'everybody in the crowd has written: fewer cycles, more runs');
    const kind = this.posts.length % 2 ? 'stop' : 'inbound';
    const post = {
      kind, phone, cycle: this.#cycle, answered: false,
      envelope: inbound({ from: phone, body: kind === 'stop' ? 'STOP' : 'Buongiorno' }),
    };
    this.posts.push(post);
    return post;
  }

  async #deliver(post) {
    let r;
    try {
      r = await this.#world.webhook(post.envelope);
    } catch {
      return false;
    }
    if (r.status !== 200) this.#wrong.push(`a webhook was answered ${r.status} ${r.text}`);
    post.answered = true;
    return true;
  }

  async repeat(post) {
    const r = await this.#world.webhook(post.envelope);
    assert.equal(r.status, 200, r.text);
  }

  // Is the effect there: the withdrawal on record, once; or the window open, so that an answer goes through.
  async isInForce(post) {
    if (post.kind === 'inbound') return this.#mayBeAnswered(post.phone);
    const { consents } = await this.#world.api('POST', '/api/v1/consents/show', { phone: post.phone })
      .catch((error) => {
        assert.equal(error.status, 404, error.message);
        return { consents: [] };
      });
    const withdrawn = consents.filter((x) => x.purpose === 'marketing' && x.act === 'withdraw');
    assert.ok(withdrawn.length <= 1, 'one STOP counted twice');
    return withdrawn.length === 1;
  }

  async #mayBeAnswered(phone) {
    await this.#openAtSimulator(phone);
    const record = this.#record((key) => text(phone, `Certo, ${key}`), { cycle: undefined });
    const r = await this.post(record);
    record.answer = { status: r.status, decision: r.decision, wamid: r.json().messages?.[0]?.id };
    if (r.status === 200) return true;
    assert.equal(r.json().error.code, 131047, r.text);
    return false;
  }

  // --- the run ---

  // Holds what one number would send for a moment, lets many wait for its end, and starts everything else.
  async begin(cycle) {
    this.#cycle = cycle;
    this.#stopping = false;
    // On a busy machine it may be over before the gateway hears of it: then once more.
    await until(async () => {
      const began = Date.now();
      this.heldUntil = began + this.#slow + HELD_MS[0] + Math.random() * (HELD_MS[1] - HELD_MS[0]);
      return this.#world.api('POST', `/api/v1/numbers/${paused}/pause`, {
        purpose: 'utility', reason: 'kill test', until: new Date(this.heldUntil).toISOString(),
      }).catch((e) => (e.status === 400 && e.problem.field === 'until' ? undefined : Promise.reject(e)))
        .finally(() => { this.#slow = Math.min(5000, 4 * (Date.now() - began)); });
    }, 'a pause');
    const held = Array.from({ length: HELD_AT_ONCE }, () => this.#fire(this.#held()));
    this.#loops = held;
    for (let i = 0; i < SENDERS; i++) {
      this.#loop(() => this.#fire(i % 3 ? this.#sale() : this.#reply()), SENDER_THINKS_MS);
    }
    for (let i = 0; i < QUEUE_PER_CYCLE; i++) {
      this.#loops.push(sleep(Math.random() * QUEUE_MS).then(() => this.#stopping || this.#fire(this.#place())));
    }
    for (let i = 0; i < POSTERS; i++) {
      this.#loop(() => this.#deliver(this.#newPost()), POSTER_THINKS_MS);
    }
  }

  #loop(run, thinks) {
    this.#loops.push((async () => {
      await sleep(Math.random() * thinks);
      while (!this.#stopping && await run()) await sleep(Math.random() * thinks);
    })());
  }

  // After `ms` nothing new is begun; what is under way is waited for.
  async settleDown(ms) {
    await sleep(ms);
    await this.end();
  }

  async end() {
    this.#stopping = true;
    await Promise.all(this.#loops);
    assert.deepEqual(this.#wrong, []);
  }

  // Many at once; resolves at the first answer.
  burstOfSends(n) {
    return this.#burst(Array.from({ length: n }, () => this.#fire(this.#sale())));
  }

  burstOfWebhooks(n) {
    return this.#burst(Array.from({ length: n }, () => this.#deliver(this.#newPost())));
  }

  #burst(all) {
    this.#loops.push(...all);
    return Promise.race(all);
  }
}
