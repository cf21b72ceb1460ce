// Stories that are walked in several set-ups: languages, looks and widths. By default two of eight, in which each choice is met;
// VARCO_CONSOLE_MATRIX=pairs takes four, in which each pair of choices meets, and =all every one.
//
//   story('…', { browser: () => browser, world: () => world }, async (seat, turn) => { … })
//                                  one test a set-up: somebody is signed in; what went wrong in the page fails it
//   seat.say('Judge it now')       what the console says for that in the language of the set-up; {0} is filled in
//   seat.button('Judge it now')    seat.field('Reason')    seat.dialog    by what they are called in English
//   seat.section('Numbers')        goes there by the navigation, which is behind a button where it is narrow
//   seat.check('the list')         axe, and no scrolling sideways
//   sitDown(browser, world, { lang, look, width, cookies })    one more who sits before it: members.mjs
//   turn                           0, 1, …: for people and names of its own in each set-up
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { consoleLink } from './browser.mjs';

const sources = new URL('../../../web/src', import.meta.url).pathname;

const both = (a, b) => a.flatMap((x) => b.map((y) => [...x, y]));
const few = [['en', 'light', 1280], ['it', 'dark', 390]];
export const matrices = {
  few,
  pairs: [...few, ['it', 'light', 1280], ['en', 'dark', 390]],
  all: both(both([['en'], ['it']], ['light', 'dark']), [1280, 390]),
};
const chosen = process.env.VARCO_CONSOLE_MATRIX ?? 'few';
export const matrix = matrices[chosen] ?? few;

// --- what the console says: the pairs ['English', 'Italian'] of its sources ---

const TEXT = String.raw`'((?:[^'\\]|\\.)*)'`;
const PAIR = new RegExp(String.raw`\[\s*${TEXT},\s*${TEXT},?\s*\]`, 'g');

function readPairs() {
  const pairs = new Map();
  for (const entry of readdirSync(sources, { recursive: true })) {
    if (!/\.tsx?$/.test(entry)) continue;
    for (const [, en, it] of readFileSync(join(sources, entry), 'utf8').matchAll(PAIR)) {
      const key = en.replaceAll("\\'", "'");
      pairs.set(key, (pairs.get(key) ?? new Set()).add(it.replaceAll("\\'", "'")));
    }
  }
  return pairs;
}

let pairs;
const fill = (text, filled) => text.replace(/\{(\d)\}/g, (_, n) => String(filled[Number(n)]));
const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// A text, or where pages say it in several ways a pattern of them.
export function said(lang, english, ...filled) {
  pairs ??= readPairs();
  const italian = pairs.get(english);
  assert.ok(italian, `the console says nowhere: ${english}`);
  const all = (lang === 'it' ? [...italian] : [english]).map((text) => fill(text, filled));
  return all.length === 1 ? all[0] : new RegExp(`^(${all.map(literal).join('|')})$`);
}

// --- the one who sits before it ---

export async function sitDown(browser, world, { lang = 'en', look = 'light', width = 1280, cookies } = {}) {
  const seat = await browser.seat({ lang, look, width });
  const { page } = seat;
  const say = (english, ...filled) => said(lang, english, ...filled);
  const own = {
    lang, width, say,
    button: (english, ...filled) => page.getByRole('button', { name: say(english, ...filled), exact: true }),
    field: (english, ...filled) => page.locator('main').getByLabel(say(english, ...filled), { exact: true }),
    sees: (english, ...filled) => page.getByText(say(english, ...filled)).first().waitFor(),
    table: (english, ...filled) => page.getByRole('region', { name: say(english, ...filled), exact: true }),
    dialog: {
      button: (english, ...filled) => page.getByRole('dialog').getByRole('button', { name: say(english, ...filled), exact: true }),
      field: (english, ...filled) => page.getByRole('dialog').getByLabel(say(english, ...filled), { exact: true }),
    },
    async section(english) {
      const link_ = page.locator('nav a', { hasText: say(english) }).first();
      if (!await link_.isVisible()) await page.locator('.menu').click();
      await link_.click();
      await page.waitForFunction((name) => document.querySelector('h1')?.textContent === name, say(english));
      await seat.settled();
    },
    async check(what) {
      assert.deepEqual(await seat.axe(), [], what);
      assert.ok(await seat.overflow() <= 0, `${what} scrolls sideways at ${width}`);
    },
  };
  if (cookies) await page.context().addCookies(cookies);
  await seat.signIn(cookies ? `${world.url}/console/` : await consoleLink(world));
  await seat.settled();
  return Object.assign(seat, own);
}

export function story(name, { browser, world }, run) {
  matrix.forEach(([lang, look, width], turn) => {
    test(`${name} (${lang}, ${look}, ${width})`, async (t) => {
      const seat = await sitDown(browser(), world(), { lang, look, width });
      t.after(() => seat.end());
      await run(seat, turn, { lang, look, width });
      assert.deepEqual(seat.troubles, []);
    });
  });
}
