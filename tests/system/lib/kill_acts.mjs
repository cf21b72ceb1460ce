// The consent acts of kill_test.mjs: grants, withdrawals, erasures and imported tables, and a book of what became of each.
//
// A person does one thing after the other, so that at most the last one is without an answer: {bsuid, cycle, deeds: [{kind,
// at, answered}]}, kind one of grant, withdraw, erase. A table is an import of people of its own: {name, bsuids, at, cycle,
// answered}. Everybody is known by a business-scoped id only, of which there are enough.
import assert from 'node:assert/strict';
import { sleep } from './varco.mjs';

const ACTORS = 4;
const ACTOR_THINKS_MS = 60;
const TABLE_ROWS = 1100; // recorded in three transactions
const TABLES_WAIT_MS = [100, 600];
const YESTERDAY = Date.now() - 86400000;
const pdf = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');

const iso = (ms) => new Date(ms).toISOString();
const asRow = (bsuid, at) => `${bsuid},marketing,grant,${at},form,Sì,sito`;
const asTable = (rows) => ['bsuid,purpose,act,at,evidence,text,source', ...rows].join('\n');

export class Acts {
  people = [];
  tables = [];
  #world;
  #cycle = 0;
  #serial = 0;
  #stopping = false;
  #loops = [];
  #wrong = []; // answers that nobody should get

  constructor(world) {
    this.#world = world;
  }

  #newBsuid() {
    return `IT.Kill${String(++this.#serial).padStart(7, '0')}`;
  }

  // --- deeds ---

  #newPerson() {
    const person = { bsuid: this.#newBsuid(), cycle: this.#cycle, deeds: [] };
    this.people.push(person);
    return person;
  }

  // `at` makes an act the same act when it is posted again.
  #deed(person, kind) {
    const deed = { kind, at: iso(YESTERDAY + 1000 * person.deeds.length), answered: false, attached: this.#serial % 8 === 0 };
    person.deeds.push(deed);
    return deed;
  }

  #post({ bsuid }, { kind, at, attached }) {
    const { api } = this.#world;
    if (kind === 'erase') return api('POST', '/api/v1/consents/erase', { bsuid, reason: 'kill test', yes: true });
    if (kind === 'withdraw') return api('POST', '/api/v1/consents/withdraw', { bsuid, purpose: 'marketing', at });
    return api('POST', '/api/v1/consents', {
      bsuid, purpose: 'marketing', evidence: 'signed', text: 'Sì', source: 'sito', at, ...(attached && { attachments: [pdf] }),
    });
  }

  // False when the connection ended without an answer.
  async #do(person, kind) {
    const deed = this.#deed(person, kind);
    try {
      await this.#post(person, deed);
    } catch (error) {
      if (error.status) this.#wrong.push(error.message);
      return false;
    }
    deed.answered = true;
    return true;
  }

  async #live() {
    const person = this.#newPerson();
    const kinds = [['grant'], ['grant', 'withdraw'], ['grant', 'erase'], ['withdraw', 'grant', 'erase']][this.#serial % 4];
    for (const kind of kinds) {
      if (!await this.#do(person, kind)) return false;
    }
    return true;
  }

  // What was not answered, once more: now it is done, whether it was or not.
  async repeat(person, deed) {
    await this.#post(person, deed).catch((error) => {
      assert.ok(deed.kind === 'erase' && error.status === 404, error.message);
    });
  }

  // How often each act is on record, as in "grant 2026-…"; nothing of one whom nobody knows.
  async shown(person) {
    const told = await this.#world.api('POST', '/api/v1/consents/evidence', { bsuid: person.bsuid })
      .catch((error) => {
        assert.equal(error.status, 404, error.message);
        return undefined;
      });
    if (!told) return undefined;
    const found = {};
    for (const { act, at, attachments } of told.consents) {
      const name = `${act} ${new Date(at).toISOString()}`;
      found[name] = (found[name] ?? 0) + 1;
      for (const { sha256 } of attachments ?? []) await this.#world.api('GET', `/api/v1/attachments/${sha256}`);
    }
    return found;
  }

  // What shown() gives once the first `n` deeds are done.
  static expected(person, n = person.deeds.length) {
    const done = person.deeds.slice(0, n);
    if (done.length === 0 || done.at(-1).kind === 'erase') return undefined;
    return Object.fromEntries(done.map(({ kind, at }) => [`${kind} ${at}`, 1]));
  }

  // --- tables ---

  newTable() {
    const n = this.tables.length + 1;
    const bsuids = Array.from({ length: TABLE_ROWS }, () => this.#newBsuid());
    const table = { name: `kill test ${n}`, at: iso(YESTERDAY), bsuids, cycle: this.#cycle, answered: false };
    this.tables.push(table);
    return table;
  }

  import(table, dry = false) {
    return this.#world.api('POST', '/api/v1/consents/import', {
      name: table.name, dry_run: dry, file: asTable(table.bsuids.map((x) => asRow(x, table.at))),
    });
  }

  async take(table) {
    try {
      const { accepted } = await this.import(table);
      if (accepted !== TABLE_ROWS) this.#wrong.push(`${accepted} of ${TABLE_ROWS} rows were accepted`);
    } catch (error) {
      if (error.status) this.#wrong.push(error.message);
      return false;
    }
    table.answered = true;
    return true;
  }

  // The newest imports, by name; a dry run has none.
  async imports() {
    const { items } = await this.#world.api('GET', '/api/v1/imports?limit=20');
    return new Map(items.filter((x) => !x.dry_run).map((x) => [x.name, x]).reverse());
  }

  // How many of these a table that grants again would be turned away for, because they were forgotten.
  async blocked(people) {
    const at = iso(Date.now());
    const { opt_outs_kept } = await this.#world.api('POST', '/api/v1/consents/import', {
      dry_run: true, file: asTable(people.map(({ bsuid }) => asRow(bsuid, at))),
    });
    return opt_outs_kept;
  }

  // --- the run ---

  begin(cycle) {
    this.#cycle = cycle;
    this.#stopping = false;
    this.#loops = [];
    for (let i = 0; i < ACTORS; i++) this.#loop(() => this.#live(), () => Math.random() * ACTOR_THINKS_MS);
    this.#loop(() => this.take(this.newTable()), () => TABLES_WAIT_MS[0] + Math.random() * (TABLES_WAIT_MS[1] - TABLES_WAIT_MS[0]));
  }

  #loop(run, thinks) {
    this.#loops.push((async () => {
      await sleep(thinks());
      while (!this.#stopping && await run()) await sleep(thinks());
    })());
  }

  // Many at once; resolves at the first answer.
  burst(n) {
    const all = Array.from({ length: n }, () => this.#live());
    this.#loops.push(...all);
    return Promise.race(all);
  }

  // Begins one that is under way when this returns.
  startTable() {
    const table = this.newTable();
    this.#loops.push(this.take(table));
    return table;
  }

  async end() {
    this.#stopping = true;
    await Promise.all(this.#loops);
    assert.deepEqual(this.#wrong, []);
  }
}
