// What there is to see in the console, and a company with something to show in every section.
//
//   const ids = await dress(world, { hostile: true })   a world (tests/system/lib) gets messages, pauses, a campaign, an incident …;
//                                                       hostile: names and texts are PAYLOADS
//   for await (const place of crawl(seat))              every kind of page that a link leads to, one of each: {kind, hash}
//   PAYLOADS                                            what a page must show as it is, and nothing else
import { createServer } from 'node:http';
import { company, inbound, person, status, template, text } from '../../system/lib/varco.mjs';

export const PAYLOADS = [
  '<script>window.pwned=1</script>',
  '<img src=x onerror="window.pwned=1">',
  '"><svg/onload=window.pwned=1>',
  "'-window.pwned=1-'",
  '</title></textarea></style><script>window.pwned=1</script>',
  'javascript:window.pwned=1',
  '<a href="javascript:window.pwned=1">Clicca</a>',
  '<iframe srcdoc="<script>parent.pwned=1</script>">',
  '{{constructor.constructor("window.pwned=1")()}}${window.pwned=1}',
  '&lt;img src=x onerror=window.pwned=1&gt;',
  '=HYPERLINK("https://evil.example","Clicca")',
  '\u202egnp.exe\u2066 testo girato \u200f',
  `${'W'.repeat(60)}`,
  'https://evil.example/login',
];

// The API as far as it takes this: what one place refuses must not hide the others.
async function tried(run) {
  try {
    return await run();
  } catch (e) {
    return { refused: e.message };
  }
}

// One of `calm`, or the next of PAYLOADS; `most` code points of it.
function words(hostile) {
  let next = 0;
  return (calm, most = 60) => (hostile ? [...PAYLOADS[next++ % PAYLOADS.length]].slice(0, most).join('') : calm);
}

async function messages(world, say) {
  const refused = await world.send(text(person(15), 'Buongiorno! La borsa verde è arrivata.'));
  const from = (n, body, name) => world.webhook(inbound({ from: person(n), body }), name);
  await from(2, say('Avete la borsa verde?'));
  const profile = inbound({ from: person(3), body: say('Grazie!') });
  profile.entry[0].changes[0].value.contacts[0].profile.name = say('Anna Prova');
  await world.webhook(profile);
  await world.send(text(person(2), 'Sì, è arrivata oggi.'));
  for (let n = 3; n < 9; n++) await world.send(template(person(n), 'order_shipped', say(`A${n}`)));
  for (let n = 9; n < 12; n++) await world.send(template(person(n), 'spring_offer', 'Anna'), { number: company.numbers[1] });
  const failed = await world.send(template(person(12), 'order_shipped', 'A12'));
  const wamid = failed.status === 200 && failed.json().messages[0].id;
  if (wamid) await world.webhook(status({ wamid, is: 'failed', to: person(12), code: 131049 }));
  await tried(() => world.webhook(status({ wamid: 'wamid.BYPASSED0001==', is: 'delivered', to: person(40) })));
  return refused.decision;
}

async function campaign(world, say) {
  const rows = Array.from({ length: 14 }, (_, i) => `${person(i + 1)},"${say('Anna').replaceAll('"', '""')}",fiera`).join('\n');
  const made = await tried(() => world.api('POST', '/api/v1/campaigns', {
    name: say('Fiera di primavera'), number: company.number, template: ['spring_offer'], language: 'it', by: 'Marta Neri',
    map: ['1=name'], audience: `phone,name,source\n${rows}\n`,
  }));
  if (made.id) await tried(() => world.api('POST', `/api/v1/campaigns/${made.id}/preflight`, {}));
  return made;
}

// Opt-outs that somebody has to look at: one that waits, one that was settled.
async function doubts(world, say) {
  for (const n of [13, 14]) {
    const asked = inbound({ from: person(n), body: `Per favore toglietemi dalla vostra lista ${n}` });
    asked.entry[0].changes[0].value.contacts[0].profile.name = say('Bruno Prova');
    await world.webhook(asked);
  }
  return tried(async () => {
    const { items } = await world.api('GET', '/api/v1/stops?state=held');
    await world.api('POST', '/api/v1/stops/release', { id: items.at(-1).id, reason: say('Parlava d’altro') });
    return {};
  });
}

// A version in force, an exception, and a proposal that waits.
async function policy(world, say) {
  return tried(async () => {
    const propose = (body) => world.api('POST', '/api/v1/policy/proposals', { reason: say('Reclami di sera'), by: say('Marta Neri'), ...body });
    const apply = async (p) => world.api('POST', `/api/v1/policy/proposals/${p.id}/apply`, { by: say('Luca Bianchi') });
    await apply(await propose({ figure: ['quiet_hours.from=20:00'] }));
    await apply(await world.api('POST', '/api/v1/policy/exceptions', {
      rule: 'content.link', number: company.number, for: '30d', reason: say('Verifica in corso'), by: say('Marta Neri'),
    }));
    return { proposal: (await propose({ level: ['content.link=refuse'] })).id };
  });
}

// An app whose webhook answers that it cannot, at length.
async function hooks(world, say) {
  const server = createServer((_, res) => { res.statusCode = 500; res.end(say('Fuori servizio')); });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return tried(() => world.api('POST', '/api/v1/integrations', {
    name: 'cassa', owner: say('Luca Verdi'), purpose: say('Scontrini'), numbers: [company.number], categories: ['utility'],
    webhook: `http://127.0.0.1:${server.address().port}/${encodeURIComponent(say('ordini'))}`, webhook_secret_file: company.secret,
  }));
}

async function users(world, hostile) {
  return tried(() => world.api('POST', '/api/v1/users', { name: hostile ? '<img src=x onerror=pwned=1>' : 'Giulia Verdi', role: 'viewer' }));
}

export async function dress(world, { hostile = false } = {}) {
  const say = words(hostile);
  const hook = await hooks(world, say);
  const decision = await messages(world, say);
  await tried(() => world.api('PATCH', `/api/v1/accounts/${company.waba}`, { name: say('Bottega Esempio') }));
  const app = await tried(() => world.api('POST', '/api/v1/integrations', {
    name: hostile ? '<b>sito' : 'sito', owner: say('Luca Verdi'), purpose: say('Moduli del sito'), data: say('Nome, telefono'),
    numbers: [company.number], categories: ['utility'],
  }));
  await tried(() => world.api('POST', '/api/v1/templates', { waba: company.waba, file: [{
    name: 'fiera', language: 'it', category: 'MARKETING', status: 'PAUSED',
    components: [{ type: 'BODY', text: `${say('Ti aspettiamo alla fiera')} {{1}} fine.`, example: { body_text: [['Anna']] } }],
  }] }));
  await tried(() => world.api('PATCH', `/api/v1/templates/${company.waba}/fiera/it`, { file: {
    name: 'fiera', language: 'it', category: 'MARKETING',
    components: [{ type: 'BODY', text: `${say('Vieni alla fiera')} {{1}} fine.`, example: { body_text: [['Anna']] } }],
  } }));
  const imported = await tried(() => world.api('POST', '/api/v1/consents/import', {
    name: say('fiera.csv'), file: `phone,purpose,act,at,evidence,text,source\n${person(50)},marketing,grant,2026-01-01T10:00:00Z,form,"${say('Sì').replaceAll('"', '""')}","${say('Fiera').replaceAll('"', '""')}"\nnon un numero,marketing,grant,x,form,Sì,"${say('Fiera').replaceAll('"', '""')}"\n`,
  }));
  const made = await campaign(world, say);
  await tried(() => world.api('POST', `/api/v1/numbers/${company.numbers[1]}/pause`, { purpose: 'marketing', reason: say('Troppe segnalazioni') }));
  const incident = await tried(() => world.api('POST', '/api/v1/incidents', {
    scope: 'waba', object: company.waba, kind: 'restricted', text: say('Avviso ricevuto per posta'), by: say('Marta Neri'),
  }));
  const trigger = await tried(() => world.api('POST', '/api/v1/triggers', { name: 'ordini', app: world.app.id, number: company.number, file: {
    to: '/phone', event_id: '{/id}', template: { name: 'order_shipped', language: 'it', values: ['{/order}'] },
  } }));
  const reply = await tried(() => world.api('POST', '/api/v1/autoreplies', {
    name: 'chiuso', kind: 'out_of_hours', app: world.app.id, number: company.number, text: say('Siamo chiusi.'), hours: 'mon-fri 09:00-18:00',
  }));
  const more = [hook, trigger, reply, await doubts(world, say), await policy(world, say), await users(world, hostile)];
  await world.sim.idle();
  return { decision, proposal: more.find((x) => x.proposal)?.proposal, app: app.id, campaign: made.id, incident: incident.id, refused: [app, imported, made, incident, ...more].flatMap((x) => x.refused ?? []) };
}

// "#/campaigns/cmp_1/preflight?wave=2" is of the kind "campaigns/·/preflight?wave".
function kindOf(hash) {
  const [path, query = ''] = hash.replace(/^#\//, '').split('?');
  const [section, ...rest] = path.split('/');
  // Words name parts of a section ("#/settings/backup"); what has digits, capitals or a name of its own is one of many.
  const names = section === 'automations' || section === 'templates';
  const parts = rest.map((part, i) => (/^[a-z_]+$/.test(decodeURIComponent(part)) && !(names && i > 0) ? part : '·'));
  const keys = [...new URLSearchParams(query).keys()].sort().join('&');
  return `${[section, ...parts].join('/')}${keys && `?${keys}`}`;
}

// Fewer of what differs in its question only.
const PER_SECTION = 18;

export async function* crawl(seat) {
  const links = () => seat.page.$$eval('nav a, main a', (all) => all.map((a) => a.getAttribute('href')).filter((h) => h?.startsWith('#/')));
  const waiting = [], known = new Map();
  const note = (hash) => {
    const kind = kindOf(hash), section = kind.split(/[/?]/)[0];
    if (known.has(kind) || [...known.keys()].filter((k) => k.split(/[/?]/)[0] === section).length >= PER_SECTION) return;
    known.set(kind, hash);
    waiting.push({ kind, hash });
  };
  (await links()).forEach(note);
  while (waiting.length) {
    const place = waiting.shift();
    await seat.go(place.hash);
    yield place;
    (await links()).forEach(note);
  }
}
