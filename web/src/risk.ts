// What about a number needs somebody, worst first, in sentences: the same on the first page, in the list of numbers and in the
// morning's look over all clients.
import type { Schemas } from './api';
import { words } from './texts';
import { valueText } from './values';

const t = words({
  payment: ['Meta refuses to send because of the payment.', 'Meta rifiuta di inviare per via del pagamento.'],
  status: ['Meta calls the number {0}: nothing of it leaves.', 'Per Meta il numero è {0}: non parte nulla.'],
  red: ['Meta rates the quality {0}: marketing waits.', 'Per Meta la qualità è {0}: il marketing aspetta.'],
  yellow: ['Meta rates the quality {0}.', 'Per Meta la qualità è {0}.'],
  paused_by: ['{0} is paused by {1}: {2}', '{0} è in pausa per decisione di {1}: {2}'],
  pause_signal: ['A limit was passed: {0}', 'Un limite è stato superato: {0}'],
  warn_signal: ['A limit is near: {0}', 'Un limite è vicino: {0}'],
  bypassed: ['{0} messages of this number did not pass Varco.', '{0} messaggi di questo numero non sono passati da Varco.'],
  nearly_full: ['The portfolio has used {0} of {1} people for marketing.', 'Il portfolio ha usato {0} persone su {1} per il marketing.'],
  fine: ['All well.', 'Tutto bene.'],
  look_number: ['Look at the number', 'Guarda il numero'],
  look_account: ['Look at the incidents', 'Guarda gli incidenti'],
  look_bypass: ['Find who sends', 'Trova chi invia'],
  urgent: ['act now', 'agire subito'],
  attention: ['attention', 'attenzione'],
  notice: ['to know', 'da sapere'],
  good: ['well', 'bene'],
});

export interface Concern {
  urgency: number; // 3 act now, 2 attention, 1 to know
  sentence: string;
  href: string;
  button: string;
}

export const urgencyWord = (u: number): string => t(u >= 3 ? 'urgent' : u === 2 ? 'attention' : u === 1 ? 'notice' : 'good');
export const urgencyMark = (u: number): string => (u >= 3 ? '■' : u === 2 ? '▲' : u === 1 ? '○' : '✓');

type Account = Schemas['Account'];
type Num = Schemas['Number'];

export interface World {
  accounts: readonly Account[];
  numbers: readonly Num[];
  overview: Schemas['Overview'];
}

const STEPS: Record<string, number> = { fine: 0, warned: 2, unknown: 2 };

export function concernsOfAccount(a: Account): Concern[] {
  const href = '#/incidents', button = t('look_account');
  const step = STEPS[a.standing.step] ?? 3;
  return [
    ...(step ? [{ urgency: step, sentence: a.standing.sentence, href, button }] : []),
    ...(a.payment_ok ? [] : [{ urgency: 3, sentence: t('payment'), href, button }]),
  ];
}

function ofQuality(n: Num, href: string): Concern[] {
  const button = t('look_number');
  if (/^(RED|FLAGGED)$/.test(n.quality)) return [{ urgency: 3, sentence: t('red', n.quality), href, button }];
  return n.quality === 'YELLOW' ? [{ urgency: 2, sentence: t('yellow', n.quality), href, button }] : [];
}

export function concernsOfNumber(n: Num, overview: Schemas['Overview']): Concern[] {
  const href = `#/numbers/${encodeURIComponent(n.id)}`, button = t('look_number');
  const seen = overview.numbers.find((x) => x.number === n.id);
  const byPeople = (by: string) => !/^(breaker|meta|varco)$/.test(by);
  return [
    ...(n.status === 'CONNECTED' ? [] : [{ urgency: 3, sentence: t('status', n.status), href, button }]),
    ...ofQuality(n, href),
    ...n.paused.map((p) => ({ urgency: byPeople(p.by) ? 1 : 3, sentence: t('paused_by', valueText(p.purpose), valueText(p.by), p.reason), href, button })),
    ...n.signals.map((s) => ({ urgency: s.level === 'pause' ? 3 : 2, sentence: t(s.level === 'pause' ? 'pause_signal' : 'warn_signal', s.means ?? s.signal), href, button })),
    ...(seen?.bypassed ? [{ urgency: 3, sentence: t('bypassed', seen.bypassed), href: '#/integrations', button: t('look_bypass') }] : []),
  ].sort((a, b) => b.urgency - a.urgency);
}

const NEARLY = 0.9;

export function concernsOfPortfolio(p: Schemas['PortfolioCapacity']): Concern[] {
  if (typeof p.marketing !== 'number' || p.used + p.reserved < p.marketing * NEARLY) return [];
  return [{ urgency: 2, sentence: t('nearly_full', p.used + p.reserved, p.marketing), href: '#/health', button: t('look_number') }];
}

export interface Row {
  number: Num;
  account: Account | undefined;
  concerns: Concern[];
  urgency: number;
  sentence: string;
}

// All numbers, the one that needs somebody most first.
export function rowsOf({ accounts, numbers, overview }: World): Row[] {
  return numbers.map((number) => {
    const account = accounts.find((a) => a.waba === number.waba);
    const concerns = [...(account ? concernsOfAccount(account) : []), ...concernsOfNumber(number, overview)]
      .sort((a, b) => b.urgency - a.urgency);
    return { number, account, concerns, urgency: concerns[0]?.urgency ?? 0, sentence: concerns[0]?.sentence ?? t('fine') };
  }).sort((a, b) => b.urgency - a.urgency || b.concerns.length - a.concerns.length || a.number.display.localeCompare(b.number.display));
}
