// Words that the API answers with, as people say them. What is not one of them (Meta's words, ids) is shown as it came.
import { words } from './texts';

const values = {
  allow: ['allowed', 'consentito'],
  hold: ['held', 'in sospeso'],
  refuse: ['refused', 'rifiutato'],
  warn: ['warning', 'avviso'],
  passed: ['passed', 'superata'],
  off: ['switched off', 'disattivata'],
  skipped: ['not asked', 'non verificata'],
  refused: ['refused', 'rifiutato'],
  held: ['held', 'in sospeso'],
  ready: ['ready', 'pronto'],
  sending: ['being sent', 'in invio'],
  accepted: ['accepted by Meta', 'accettato da Meta'],
  sent: ['sent', 'inviato'],
  delivered: ['delivered', 'consegnato'],
  read: ['read', 'letto'],
  failed: ['rejected by Meta', 'respinto da Meta'],
  unknown: ['unknown outcome', 'esito ignoto'],
  unresolved: ['never resolved', 'mai chiarito'],
  cancelled: ['cancelled', 'annullato'],
  expired: ['expired', 'scaduto'],
  marketing: ['marketing', 'marketing'],
  utility: ['utility', 'utility'],
  authentication: ['authentication', 'autenticazione'],
  service: ['service', 'servizio'],
  all: ['all purposes', 'tutti gli scopi'],
  free_form: ['free-form', 'testo libero'],
  template: ['template', 'modello'],
  direct: ['direct send', 'invio diretto'],
  reaction: ['reaction', 'reazione'],
  unreadable: ['unreadable', 'illeggibile'],
  observe: ['observed', 'in osservazione'],
  enforce: ['enforced', 'applicate'],
  app: ['the app', 'l’app'],
  operator: ['the operator', 'l’operatore'],
  compliance: ['compliance', 'la compliance'],
  meta: ['Meta', 'Meta'],
  breaker: ['the circuit breaker', 'l’interruttore automatico'],
  grant: ['agreed', 'consenso dato'],
  withdraw: ['withdrew', 'revoca'],
  none: ['nothing', 'nessuna'],
  imported: ['imported', 'importata'],
  form: ['form', 'modulo'],
  inbound_message: ['own message on WhatsApp', 'messaggio proprio su WhatsApp'],
  double_opt_in: ['confirmed on WhatsApp', 'confermato su WhatsApp'],
  signed: ['signed', 'firmata'],
  running: ['running', 'in corso'],
  done: ['done', 'completata'],
  tried: ['only tried', 'solo provata'],
  stopped: ['stopped', 'interrotta'],
  undoing: ['being undone', 'annullamento in corso'],
  undone: ['undone', 'annullata'],
  ramp: ['warming up', 'in riscaldamento'],
  after_red: ['after RED quality', 'dopo una qualità RED'],
  after_restriction: ['after a restriction', 'dopo una restrizione'],
  after_silence: ['after a long silence', 'dopo un lungo silenzio'],
  override: ['set by a person', 'deciso da una persona'],
  number: ['number', 'numero'],
  waba: ['account', 'account'],
  campaign: ['campaign', 'campagna'],
  portfolio: ['portfolio', 'portfolio'],
  webhook: ['Meta’s webhook', 'webhook di Meta'],
  poll: ['asked of Meta', 'chiesto a Meta'],
  clock: ['time that passed', 'tempo trascorso'],
  health: ['Meta’s health check', 'controllo di stato di Meta'],
  answer: ['an answer of Meta’s', 'una risposta di Meta'],
  warmup: ['warm-up', 'riscaldamento'],
  notice: ['an e-mail of Meta’s', 'un’e-mail di Meta'],
  ok: ['fine', 'a posto'],
  pause: ['paused', 'in pausa'],
  GREEN: ['GREEN', 'GREEN'],
  YELLOW: ['YELLOW', 'YELLOW'],
  RED: ['RED', 'RED'],
  UNKNOWN: ['UNKNOWN', 'UNKNOWN'],
} as const;

const t = words(values);

const GOOD = new Set(['allow', 'passed', 'accepted', 'sent', 'delivered', 'read', 'grant', 'done', 'GREEN', 'CONNECTED']);
const BAD = new Set(['refuse', 'refused', 'failed', 'unknown', 'unresolved', 'withdraw', 'RED', 'FLAGGED', 'BANNED', 'stopped']);

export function valueText(of: string | null | undefined): string {
  if (!of) return '–';
  return Object.hasOwn(values, of) ? t(of as keyof typeof values) : of;
}

// Colour only repeats what the word says.
export function Value({ of }: { of: string | null | undefined }) {
  const tone = GOOD.has(of ?? '') ? 'good' : BAD.has(of ?? '') ? 'bad' : 'plain';
  return <span class={`word ${tone}`}><bdi>{valueText(of)}</bdi></span>;
}
