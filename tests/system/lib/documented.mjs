// The company that tests/payloads/ (webhooks) and tests/requests/ (calls) speak of, under the ids that stand there.
//
//   const files = readFolder('payloads');           [{name, json}] of every file without a leading "_"
//   await seedDocumented(api);                      its two WABAs, their number, a person's consent; gives the app
//   templateFor(name)                               a definition that the named file's send fits, or the files' events name
//   shiftTimes(json, deltaSeconds)                  the same with every time moved
import { readdirSync, readFileSync } from 'node:fs';

export const documented = {
  portfolio: '900300400500601',
  wabas: ['700100200300401', '700100200300402'],
  number: '810200300400501',
  display: '+1 555-000-0101',
  person: '+5511900000011',
  bsuid: 'BR.Q7tXk29LmVa4Zc',
  token: 'meta-token-of-the-documented',
  secret: 'varco-test-secret',
  verifyToken: 'segredo-ficticio',
};

const tests = new URL('../../', import.meta.url);

export function readFixture(path) {
  return JSON.parse(readFileSync(new URL(path, tests), 'utf8'));
}

export function readFolder(folder) {
  return readdirSync(new URL(`${folder}/`, tests)).filter((name) => /^[^_].*\.json$/.test(name)).sort()
    .map((file) => ({ name: file.replace(/\.json$/, ''), json: readFixture(`${folder}/${file}`) }));
}

// --- templates ---

function definition(name, category, ...components) {
  return { name, language: 'pt_BR', category, status: 'APPROVED', components };
}

function body(text) {
  return { type: 'BODY', text };
}

function header(format, text = undefined) {
  return { type: 'HEADER', format, ...(text && { text }) };
}

function buttons(...list) {
  return { type: 'BUTTONS', buttons: list };
}

const shipped = (...components) => definition('pedido_enviado', 'UTILITY', ...components);
const coupon = definition('oferta_azul', 'MARKETING',
  body('Oi {{1}}, o azul esta com desconto esta semana.'), { type: 'FOOTER', text: 'Responda PARAR para sair' },
  buttons({ type: 'COPY_CODE', example: 'AZUL10' }));
const card = {
  components: [header('IMAGE'), body('Um item azul'), buttons({ type: 'QUICK_REPLY', text: 'Ver' })],
};

const fitting = {
  marketing_messages_template: coupon,
  template_authentication_copy_code: definition('codigo_acesso', 'AUTHENTICATION',
    body('{{1}} e o seu codigo de acesso.'),
    buttons({ type: 'URL', text: 'Copiar', url: 'https://loja.example.invalid/otp?code={{1}}' })),
  template_carousel: definition('vitrine', 'MARKETING', body('Oi {{1}}, veja as novidades.'),
    { type: 'CAROUSEL', cards: [card, card] }),
  template_catalog: definition('catalogo_intro', 'MARKETING', body('Veja o nosso catalogo.'),
    buttons({ type: 'CATALOG', text: 'Ver catalogo' })),
  template_currency_datetime: shipped(body('Seu pedido de {{1}} chega em {{2}} sem falta.')),
  template_flow_button: definition('cadastro_flow', 'UTILITY', body('Complete o seu cadastro.'),
    buttons({ type: 'FLOW', text: 'Abrir', flow_id: '660066006600' })),
  template_header_document: shipped(header('DOCUMENT'), body('Segue a nota do seu pedido.')),
  template_header_image: shipped(header('IMAGE'), body('Seu pedido {{1}} saiu para entrega.')),
  template_header_location: shipped(header('LOCATION'), body('Seu pedido espera aqui.')),
  template_header_text: shipped(header('TEXT', 'Pedido {{1}} enviado'), body('Chega {{1}} a sua casa.')),
  template_header_video: shipped(header('VIDEO'), body('Seu pedido {{1}} saiu para entrega.')),
  template_limited_time_offer: definition('oferta_relampago', 'MARKETING',
    { type: 'LIMITED_TIME_OFFER', limited_time_offer: { text: 'So hoje', has_expiration: true } },
    body('Uma oferta para quem e rapido.')),
  template_marketing_coupon: coupon,
  template_mpm: definition('lista_produtos', 'MARKETING', header('TEXT', 'Azuis'), body('Escolha o seu azul.'),
    buttons({ type: 'MPM', text: 'Ver itens' })),
  template_quick_reply_payload: shipped(body('Seu pedido saiu para entrega.'),
    buttons({ type: 'QUICK_REPLY', text: 'Confirmar' })),
  template_url_button_variable: shipped(body('Seu pedido {{1}} saiu para entrega.'),
    buttons({ type: 'URL', text: 'Rastrear', url: 'https://loja.example.invalid/r/{{1}}' })),
  template_utility_named: {
    ...shipped(body('Seu pedido {{pedido}} saiu para entrega.')), parameter_format: 'NAMED',
  },
  template_utility_positional: shipped(body('Seu pedido {{1}} sai {{2}} para entrega.')),
};

export function templateFor(name) {
  return fitting[name];
}

// --- the company ---

export async function seedDocumented(api, integration = {}) {
  for (const waba of documented.wabas) {
    await api('POST', '/api/v1/accounts', {
      waba, portfolio: documented.portfolio, name: 'Loja Ficticia', country: 'BR', limit: '250',
      token_file: documented.token, app_secret_file: documented.secret, verify_token_file: documented.verifyToken,
    });
  }
  await api('POST', '/api/v1/numbers', {
    waba: documented.wabas[0], id: documented.number, display: documented.display, established: true,
  });
  return addApp(api, 'crm', integration);
}

export async function addApp(api, name, values = {}) {
  return api('POST', '/api/v1/integrations', {
    name, owner: 'Marta Neri', purpose: 'Pedidos e ofertas', numbers: [documented.number],
    categories: ['marketing', 'utility', 'authentication', 'service'], ...values,
  });
}

// Enters the definition, or puts it in the place of an earlier one of the same name.
export async function defineTemplate(api, file) {
  const path = `/api/v1/templates/${documented.wabas[0]}/${file.name}/${file.language}`;
  try {
    await api('PATCH', path, { file });
  } catch (e) {
    if (e.status !== 404) throw e;
    await api('POST', '/api/v1/templates', { waba: documented.wabas[0], file });
  }
}

// --- times ---

// Unix seconds of the years in which the files play, and of the far future that one of them names.
const isTime = (n) => (n > 1.79e9 && n < 1.8e9) || n === 4947600500;
const isTimeKey = /time|timestamp|expiration|_date$|created|updated/;

export function shiftTimes(json, delta, key = '') {
  if (Array.isArray(json)) return json.map((x) => shiftTimes(x, delta, key));
  if (json && typeof json === 'object') {
    return Object.fromEntries(Object.entries(json).map(([k, v]) => [k, shiftTimes(v, delta, k)]));
  }
  if (!isTimeKey.test(key) || !/^\d{10}$/.test(String(json)) || !isTime(Number(json))) return json;
  return typeof json === 'string' ? String(Number(json) + delta) : json + delta;
}
