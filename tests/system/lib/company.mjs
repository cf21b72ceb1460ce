// The invented company of the tests: one portfolio, one WABA, two numbers, three templates, one app with every right.
// Its people have numbers that nobody will ever be given: person(1) … person(99), and where many are needed
// crowd(0) … crowd(CROWD - 1), 79,200 of them: 555 01xx of every area code.
//
//   const app = await seed(api, { people: 20, webhook: { url, secret } });   // {id, name, key}
//   company, templates         the values that were entered
//   person(7)                  '+393331234507'
//   text(to, body), template(to, name, …), loginCode(to, code)     bodies of sends
//   inbound({…}), status({…})  envelopes of Meta's webhooks
export const company = {
  portfolio: '700600500',
  waba: '900800700',
  number: '100200300',
  numbers: ['100200300', '100200301'],
  displays: ['+39 333 123 4500', '+39 333 123 4400'],
  token: 'meta-token-of-the-tests',
  secret: 'app-secret-of-the-tests',
  verifyToken: 'verify-token-of-the-tests',
};

export const templates = [
  {
    name: 'order_shipped', language: 'it', category: 'UTILITY', status: 'APPROVED',
    components: [{ type: 'BODY', text: 'Il tuo ordine {{1}} è partito.' }],
  },
  {
    name: 'spring_offer', language: 'it', category: 'MARKETING', status: 'APPROVED',
    components: [
      { type: 'BODY', text: 'Ciao {{1}}, questa settimana da Bottega Esempio: sandali a metà prezzo.' },
      { type: 'FOOTER', text: 'Rispondi STOP per non riceverne più.' },
    ],
  },
  {
    name: 'login_code', language: 'it', category: 'AUTHENTICATION', status: 'APPROVED',
    components: [
      { type: 'BODY', text: 'Il tuo codice è {{1}}.' },
      {
        type: 'BUTTONS',
        buttons: [{ type: 'URL', text: 'Copia', url: 'https://shop.example/otp?code={{1}}' }],
      },
    ],
  },
];

export function person(n) {
  return `+3933312345${String(n).padStart(2, '0')}`;
}

const areas = Array.from({ length: 800 }, (_, i) => 200 + i).filter((area) => area % 100 !== 11);

export const CROWD = areas.length * 100;

export function crowd(n) {
  return `+1${areas[Math.floor(n / 100)]}55501${String(n % 100).padStart(2, '0')}`;
}

export async function seed(api, { people = 20, webhook, waba = {}, integration = {} } = {}) {
  await api('POST', '/api/v1/accounts', {
    waba: company.waba, portfolio: company.portfolio, name: 'Bottega Esempio', country: 'IT',
    limit: 'unlimited', token_file: company.token, app_secret_file: company.secret,
    verify_token_file: company.verifyToken, ...waba,
  });
  for (const [i, id] of company.numbers.entries()) {
    await api('POST', '/api/v1/numbers', {
      waba: company.waba, id, display: company.displays[i], established: true, throughput: 1000,
    });
  }
  await api('POST', '/api/v1/templates', { waba: company.waba, file: templates });
  const app = await api('POST', '/api/v1/integrations', {
    name: 'crm', owner: 'Marta Neri', purpose: 'Ordini e offerte', numbers: company.numbers,
    categories: ['marketing', 'utility', 'authentication', 'service'],
    ...(webhook && { webhook: webhook.url, webhook_secret_file: webhook.secret }),
    ...integration,
  });
  await grant(api, Array.from({ length: people }, (_, i) => person(i + 1)));
  return app;
}

// Everybody in `phones` agreed to everything.
export async function grant(api, phones, purpose = 'all') {
  if (!phones.length) return;
  const at = new Date(Date.now() - 86400000).toISOString();
  const rows = phones.map((phone) => `${phone},${purpose},grant,${at},double_opt_in,Sì,sito`);
  const r = await api('POST', '/api/v1/consents/import', {
    file: `phone,purpose,act,at,evidence,text,source\n${rows.join('\n')}\n`,
  });
  if (r.accepted !== phones.length) throw new Error(`consents were rejected: ${JSON.stringify(r)}`);
}

// --- bodies of sends ---

function to(phone, type, value) {
  return { messaging_product: 'whatsapp', recipient_type: 'individual', to: phone, type, [type]: value };
}

export function text(phone, body) {
  return to(phone, 'text', { body });
}

function parameters(values) {
  return values.map((value) => ({ type: 'text', text: value }));
}

export function template(phone, name, ...values) {
  return to(phone, 'template', {
    name, language: { code: 'it' },
    components: values.length ? [{ type: 'body', parameters: parameters(values) }] : [],
  });
}

export function loginCode(phone, code) {
  const body = template(phone, 'login_code', code);
  body.template.components.push(
    { type: 'button', sub_type: 'url', index: '0', parameters: parameters([code]) });
  return body;
}

// --- Meta's webhooks ---

let serial = 0;

function wamid() {
  return `wamid.TEST${process.pid}X${String(++serial).padStart(8, '0')}==`;
}

export function seconds(ms = Date.now()) {
  return String(Math.floor(ms / 1000));
}

export function envelope(field, value, entry = company.waba) {
  return { object: 'whatsapp_business_account', entry: [{ id: entry, changes: [{ value, field }] }] };
}

function metadata(number) {
  const display = company.displays[company.numbers.indexOf(number)] ?? company.displays[0];
  return { display_phone_number: display.replace(/\D/g, ''), phone_number_id: number };
}

export function inbound({ from, body = 'Ciao', id = wamid(), at, number = company.number, waba, message }) {
  const wa_id = from.replace(/\D/g, '');
  const item = { from: wa_id, id, timestamp: seconds(at), ...(message ?? { type: 'text', text: { body } }) };
  return envelope('messages', {
    messaging_product: 'whatsapp', metadata: metadata(number),
    contacts: [{ profile: { name: 'Anna' }, wa_id }], messages: [item],
  }, waba);
}

export function status({ wamid: id, is, to: phone, at, callback, code, number = company.number, waba }) {
  return envelope('messages', {
    messaging_product: 'whatsapp', metadata: metadata(number),
    statuses: [{
      id, status: is, timestamp: seconds(at), recipient_id: phone.replace(/\D/g, ''),
      ...(callback && { biz_opaque_callback_data: callback }),
      ...(code && { errors: [{ code, title: 'Invented', message: 'Invented' }] }),
    }],
  }, waba);
}
