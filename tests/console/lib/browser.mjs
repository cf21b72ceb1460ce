// A browser for the tests of the console: Debian's Chromium, driven by playwright-core. VARCO_CHROMIUM names another one.
//
//   const browser = await startBrowser();                        after(() => browser.close());
//   const link = await consoleLink(world);                       the address that signs in, once
//   const seat = await browser.seat({ lang: 'it', look: 'dark', width: 390, keep });
//   await seat.signIn(link);  await seat.go('#/numbers');
//   seat.page                                                    playwright's
//   seat.troubles                                                what went wrong in the page: errors, refusals of the policy
//                                                                (CSP, Trusted Types), answers of 500 and more, files
//                                                                that are not there
//   await seat.settled()                                         until the page that belongs to the address is drawn, and all that it
//                                                                asked for has come (not what the stream makes it ask again)
//   await seat.count(locator, 3)                                 until there are three of it
//   await seat.reads(locator, /…/)                               until its words match; they are given back
//   await seat.address()                                         the hash, as the page itself has it now
//   await seat.axe()                                             ['rule: selector', …]: what axe finds
//   await seat.end()
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { request, until } from '../../system/lib/varco.mjs';

const clients = createRequire(new URL('../../clients/package.json', import.meta.url));
const { chromium } = clients('playwright-core');
const axeSource = readFileSync(clients.resolve('axe-core/axe.min.js'), 'utf8');

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const found = [process.env.VARCO_CHROMIUM, '/usr/bin/chromium'].find((path) => path && existsSync(path));

const PATIENCE_MS = 120000; // it fails a test, it does not time one

// Runs in the page before anything of ours.
function watch() {
  // What the page has asked for and not got, whole; which address it has been told of. What is asked again by itself does not
  // count: that never ends.
  const state = { asked: 0, hash: location.hash };
  globalThis.pageState = state;
  addEventListener('hashchange', () => { state.hash = location.hash; });
  const { fetch, history } = globalThis;
  const replace = history.replaceState;
  history.replaceState = function (...args) {
    replace.apply(history, args);
    state.hash = location.hash;
  };
  // Behind the answer's own callbacks, which are microtasks, and what they make the page draw.
  const done = () => setTimeout(() => { state.asked--; });
  globalThis.fetch = (...args) => {
    if (args[1]?.headers?.['X-Varco-By-Itself']) return fetch(...args);
    state.asked++;
    const asked = fetch(...args);
    asked.then((r) => r.clone().arrayBuffer()).then(done, done);
    return asked;
  };
  addEventListener('securitypolicyviolation', (e) =>
    console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber} ${e.sample}`));
}

// lang: of what the browser itself says, as in fields for dates.
export async function startBrowser({ lang = 'en' } = {}) {
  if (!found) throw new Error('no chromium; ./dev test installs Debian\'s');
  const browser = await chromium.launch({
    executablePath: found, timeout: PATIENCE_MS,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--force-prefers-reduced-motion', `--lang=${lang}`],
    env: { ...process.env, LANGUAGE: lang },
  });
  return { seat: (options) => seat(browser, options), close: () => browser.close() };
}

// One who sits before it: their own cookies and choices.
async function seat(browser, { lang = 'en', look = 'light', width = 1280, height = 900, init } = {}) {
  const context = await browser.newContext({
    viewport: { width, height }, locale: lang === 'it' ? 'it-IT' : 'en-GB', timezoneId: 'Europe/Rome', reducedMotion: 'reduce',
  });
  const troubles = [];
  await context.addInitScript(watch);
  await context.addInitScript(([l, k]) => {
    localStorage.setItem('varco-language', l);
    localStorage.setItem('varco-look', k);
  }, [lang, look]);
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  // That something is not there, or may not be, is an answer that a page can tell; Chromium writes it down all the same.
  const told = /^Failed to load resource: the server responded with a status of 4\d\d/;
  page.on('console', (m) => {
    if ((m.type() === 'error' || m.type() === 'warning') && !told.test(m.text())) troubles.push(`console: ${m.text()}`);
  });
  page.on('pageerror', (e) => troubles.push(`error: ${e.stack ?? e}`));
  page.on('dialog', (d) => { troubles.push(`dialog: ${d.message()}`); void d.dismiss(); });
  page.on('response', (r) => {
    if (r.status() >= 500 || (r.status() >= 400 && r.url().includes('/console/'))) troubles.push(`${r.status()}: ${r.url()}`);
  });
  return {
    page, troubles,
    async signIn(link) {
      await page.goto(link);
      await page.waitForSelector('nav a', { state: 'attached' });
      await settled(page);
    },
    // Until what the section asks for is there, or says why it is not.
    async go(hash) {
      await page.evaluate((to) => { location.hash = to; }, hash);
      await settled(page);
    },
    settled: () => settled(page),
    count: (locator, n) => until(async () => await locator.count() === n, `${n} of ${locator}`),
    async reads(locator, pattern) {
      let text;
      await until(async () => pattern.test(text = await locator.innerText()), `${pattern} in ${locator}`)
        .catch((e) => assert.match(text ?? '', pattern, e.message));
      return text;
    },
    address: () => page.evaluate(() => location.hash),
    axe: () => axe(page),
    // Does the page scroll sideways?
    overflow: () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
    end: () => context.close(),
  };
}

// The page has drawn what its address says, nothing that it asked for is missing, and what it does behind a drawing (effects, which
// may ask again) is done: so it is at three moments with two drawings between.
function isSettled() {
  const calm = () => {
    const { asked, hash } = globalThis.pageState;
    const waiting = [...document.querySelectorAll('main [role=status]')].some((e) => /^⟦?(Loading|Caricamento)/.test(e.textContent.trim()));
    return asked === 0 && hash === location.hash && document.querySelector('main h1') !== null && !waiting;
  };
  const drawn = () => new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); });
  return (async () => {
    for (let i = 0; i < 3; i++) {
      if (!calm()) return false;
      await drawn();
    }
    return calm();
  })();
}

// A page that is just being loaded anew has nothing to say.
async function settled(page) {
  await until(() => page.evaluate(isSettled).catch((e) => /context was destroyed|navigation/.test(e.message) ? false : Promise.reject(e)),
    'a page that is drawn');
}

async function axe(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules }), RULES);
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary.replace(/\s+/g, ' ').slice(0, 200)}`));
}

export async function consoleLink(world) {
  const r = await request(`${world.url}/api/v1/sessions/links`, {
    method: 'POST', body: {}, headers: { Authorization: `Bearer ${world.adminToken}` },
  });
  if (r.status !== 200) throw new Error(`no link: ${r.status} ${r.text}`);
  return r.json().url;
}
