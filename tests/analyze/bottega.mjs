// Two months of the demo company's past traffic, before it had a gateway: what an export of it would hold. The same at each run.
//   ./dev node tests/analyze/bottega.mjs FOLDER    writes traffic.csv, inbound.csv, consents.csv and templates.json there
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DAY = 86400e3;
const FIRST = Date.UTC(2026, 7, 31); // a Monday
const DAYS = 61;
const [SHOP, YOUNG, FAIR] = ['+393331234500', '+393331234501', '+393331234502'];

// The people of the demo: numbers that stand for nobody.
function phone(i) {
  if (i < 80) return `+3933312345${String(10 + i).padStart(2, '0')}`;
  if (i < 1080) return `+447700900${String(i - 80).padStart(3, '0')}`;
  return `+3363998${String(i - 1080).padStart(4, '0')}`;
}

let seed = 20260831;
function dice(sides) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * sides);
}

const traffic = [];
const inbound = [];
const stopped = new Set();

function outcome(bad) {
  const n = dice(1000);
  if (n < bad) return n % 2 ? ['failed', 131026] : ['failed', 131049];
  return [n < 300 ? 'delivered' : n < 960 ? 'read' : 'sent', ''];
}

function send(at, from, who, { template = '', text = '', app, list = '', bad = 8 }) {
  const [status, error] = outcome(bad);
  const category = { order_shipped: 'utility', spring_offer: 'marketing', access_code: 'authentication' }[template] ?? '';
  traffic.push([at, from, phone(who), template ? 'template' : 'text', template, category, status, error, app, list, text]);
  return status === 'read';
}

function answer(at, to, who, type, text) {
  inbound.push([at, phone(who), to, type, text]);
  if (text === 'Stop offerte' || text === 'Stop promotions') stopped.add(who);
}

// Who agreed to offers, and who to news of orders, by the rows of consents().
const agreed = (i) => [0, 1, 2, 3, 6, 7].includes(i % 10);
const buys = (i) => [0, 1, 3, 4, 5, 7].includes(i % 10);

// An offer to many, one every second or two; a reader in thirty wants no more of it, and says so by the button.
function campaign(day, hour, from, people, options) {
  let at = FIRST + day * DAY + hour * 3600e3;
  for (const who of people) {
    at += 1000 + dice(2000);
    if (options.honours !== false && stopped.has(who)) continue;
    const read = send(at, from, who, { template: 'spring_offer', app: 'crm', ...options });
    if (read && dice(options.annoys ?? 60) === 0)
      answer(at + (5 + dice(600)) * 60e3, from, who, 'button', who % 3 ? 'Stop offerte' : 'Stop promotions');
    else if (read && dice(25) === 0) answer(at + (5 + dice(900)) * 60e3, from, who, 'text', 'Grazie, passo domani');
  }
}

// Almost always one who agreed.
function buyer() {
  let who = dice(5000);
  while (!buys(who) && dice(40)) who = dice(5000);
  return who;
}

const range = (from, to, keep = () => true) => Array.from({ length: to - from }, (_, i) => from + i).filter(keep);

function build() {
  for (let day = 0; day < DAYS; day++) {
    const weekend = day % 7 > 4;
    for (let i = 0; i < (weekend ? 40 : 110); i++)
      send(FIRST + day * DAY + (8 * 3600 + dice(9 * 3600)) * 1000, SHOP, buyer(), { template: 'order_shipped', app: 'negozio' });
    for (let i = 0; i < 25; i++)
      send(FIRST + day * DAY + (7 * 3600 + dice(14 * 3600)) * 1000, SHOP, dice(2000), { template: 'access_code', app: 'accesso' });
    // A chat that now and then answers a day too late.
    for (let i = 0; i < 12; i++) {
      const who = dice(800), at = FIRST + day * DAY + (9 * 3600 + dice(7 * 3600)) * 1000;
      answer(at, SHOP, who, 'text', 'È arrivata la borsa blu?');
      send(at + (i % 6 ? 600e3 : 25.5 * 3600e3), SHOP, who, { text: 'Sì, è in negozio da oggi.', app: 'chat', bad: i % 6 ? 2 : 500 });
    }
  }
  for (let week = 0; week < 8; week++) campaign(3 + week * 7, 9, SHOP, range(week * 150, week * 150 + 600, agreed), { list: 'Iscritti' });
  // A new number that goes to everybody in its second week.
  for (let i = 0; i < 14; i++) campaign(24 + i, 10, YOUNG, range(1100, 1100 + (i < 5 ? 15 : 160 * (i - 3)), agreed), { list: 'Iscritti' });
  // A table bought at a fair: nobody agreed, late in the evening, twice, and those who said no again.
  campaign(45, 20.5, FAIR, range(3000, 4400, (i) => !agreed(i)), { list: 'Fiera 2022', bad: 190, annoys: 12, honours: false });
  campaign(47, 19, FAIR, range(3000, 4400, (i) => !agreed(i)), { list: 'Fiera 2022', bad: 240, annoys: 10, honours: false });
  for (const who of range(3000, 3150, (i) => !agreed(i))) send(FIRST + 47 * DAY + 20 * 3600e3 + (who - 3000) * 500, FAIR, who, { template: 'spring_offer', app: 'crm', list: 'Fiera 2022' });
}

// As the demo has them, counted back from the day before the data.
function consents() {
  const grants = [
    ['all', 'double_opt_in', 'https://bottega.example/iscrizione'], ['all', 'double_opt_in', 'https://bottega.example/iscrizione'],
    ['marketing', 'signed', 'modulo firmato in negozio'], ['all', 'form', 'https://bottega.example/cassa'],
    ['utility', 'form', 'https://bottega.example/cassa'], ['utility', 'form', 'https://bottega.example/cassa'],
    ['marketing', 'inbound_message', 'WhatsApp'], ['all', 'inbound_message', 'WhatsApp'], ['marketing', 'imported', 'vecchio gestionale'], null,
  ];
  return range(0, 5000).filter((i) => grants[i % 10]).map((i) => {
    const [purpose, evidence, source] = grants[i % 10];
    return [FIRST - DAY - ((i * 7919) % 397) * DAY, phone(i), purpose, 'grant', evidence, source];
  });
}

const templates = [['order_shipped', 'UTILITY'], ['spring_offer', 'MARKETING'], ['access_code', 'AUTHENTICATION']];
const iso = (at) => new Date(at).toISOString().replace('.000', '');
const csv = (head, rows) => [head, ...rows.map((r) => r.map((c) => (/[",;]/.test(c) ? `"${c}"` : c)).join(','))].join('\n') + '\n';

export function write(folder) {
  build();
  const byTime = (list) => list.sort((a, b) => a[0] - b[0]).map(([at, ...rest]) => [iso(at), ...rest]);
  const file = (name, text) => writeFileSync(join(folder, name), text);
  mkdirSync(folder, { recursive: true });
  file('traffic.csv', csv('time,from,to,type,template,category,status,error,app,list,text', byTime(traffic)));
  file('inbound.csv', csv('time,from,to,type,text', byTime(inbound)));
  file('consents.csv', csv('phone,purpose,act,at,evidence,source', consents().map(([at, who, purpose, act, ...rest]) => [who, purpose, act, iso(at), ...rest])));
  file('templates.json', JSON.stringify({ data: templates.map(([name, category]) => ({ name, language: 'it', category })) }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) write(process.argv[2] ?? '.');
