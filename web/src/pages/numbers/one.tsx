// One number: how Meta sees it, what it may still do today and why not more, how it warms up, and what happened to it.
import { get, type Schemas } from '../../api';
import { Chart, Facts, Figure, Foreign, Live, Moment, Table, useLive } from '../../parts';
import { evidenceName } from '../../evidence';
import { rowsOf } from '../../risk';
import { amount, words } from '../../texts';
import { Value, valueText } from '../../values';
import { Risk } from '../fleet';
import { Deeds, Resume } from './deeds';

const t = words({
  all_numbers: ['All numbers', 'Tutti i numeri'],
  account: ['Account', 'Account'],
  id: ['Id at Meta', 'Id presso Meta'],
  name: ['Name that Meta verified', 'Nome verificato da Meta'],
  health: ['Meta’s health check', 'Controllo di stato di Meta'],
  asked: ['asked {0}', 'chiesto {0}'],
  meta_told: ['Meta', 'Meta'],
  today_title: ['Today', 'Oggi'],
  budget: ['People a day by the warm-up', 'Persone al giorno per il riscaldamento'],
  used: ['Reached or under way', 'Raggiunte o in corso'],
  tomorrow: ['Tomorrow, if today is earned', 'Domani, se oggi è guadagnato'],
  ends: ['the warm-up ends', 'il riscaldamento finisce'],
  in_portfolio: ['Used of the portfolio', 'Usate del portfolio'],
  reserved: ['Reserved in the portfolio', 'Riservate nel portfolio'],
  limit: ['Limit of the portfolio', 'Limite del portfolio'],
  pair: [
    'To the same person at most one message in 6 seconds, with short bursts.',
    'Alla stessa persona al massimo un messaggio ogni 6 secondi, con brevi raffiche.'],
  stairs: ['The staircase of the warm-up', 'La scala del riscaldamento'],
  stairs_says: [
    'Day {0} of the plan, {2} at most; {1} reached today. Each step is earned by using at least half of the day before without trouble.',
    'Giorno {0} del piano, al massimo {2}; {1} raggiunte oggi. Ogni gradino si guadagna usando almeno metà del giorno prima senza problemi.'],
  day: ['Day', 'Giorno'],
  plan: ['People by the plan', 'Persone secondo il piano'],
  reached: ['Reached', 'Raggiunte'],
  days: ['What it sent, day by day', 'Che cosa ha inviato, giorno per giorno'],
  days_says: [
    'In the last 28 days it sent {0} messages: {1} were delivered, {2} failed, {3} people opted out. The busiest day had {4}.',
    'Negli ultimi 28 giorni ha inviato {0} messaggi: {1} consegnati, {2} non riusciti, {3} revoche. Il giorno più intenso ne ha avuti {4}.'],
  sent: ['Sent', 'Inviati'],
  delivered: ['Delivered', 'Consegnati'],
  failed: ['Failed', 'Non riusciti'],
  opt_outs: ['Opt-outs', 'Revoche'],
  happened: ['What happened to it, its account and its portfolio', 'Che cosa è successo al numero, al suo account e al portfolio'],
  to_what: ['To', 'A'],
  nothing_happened: ['Nothing changed yet.', 'Non è cambiato ancora nulla.'],
  what_changed: ['What', 'Che cosa'],
  before: ['Before', 'Prima'],
  after: ['After', 'Dopo'],
  told_by: ['Told by', 'Fonte'],
  signals: ['What the circuit breaker counts', 'Che cosa conta l’interruttore automatico'],
  no_signals: ['Nothing was counted yet.', 'Non è stato ancora contato nulla.'],
  signal: ['Signal', 'Segnale'],
  share: ['Now', 'Adesso'],
  warns: ['Warns at', 'Avvisa a'],
  stops: ['Pauses at', 'Ferma a'],
  level: ['Level', 'Livello'],
  proxy: ['stands for something that Meta does not tell', 'sta per qualcosa che Meta non dice'],
  not_paused: ['Nothing of it is paused.', 'Non c’è nulla in pausa.'],
  who_lifts: ['Resume', 'Riprendi'],
  decisions: ['Decisions of this number', 'Decisioni di questo numero'],
  no_warmup: ['The number is not warming up.', 'Il numero non è in riscaldamento.'],
});

interface All {
  number: Schemas['Number'];
  account: Schemas['Account'];
  budget: Schemas['Budget'];
  signals: Schemas['BreakerSignal'][];
  overview: Schemas['Overview'];
  changes: Schemas['Change'][];
}

const CHANGES_SHOWN = 60;

// Of the number and of what it belongs to, on one axis: cause and effect stand side by side.
async function changesOf(number: Schemas['Number'], account: Schemas['Account'], signal: AbortSignal): Promise<Schemas['Change'][]> {
  const objects = [`number:${number.id}`, `waba:${account.waba}`, `portfolio:${account.portfolio}`];
  const lists = await Promise.all(objects.map((object) => get<Schemas['ChangeList']>('/changes', { object, limit: 40 }, signal)));
  return lists.flatMap((l) => l.items).sort((a, b) => b.at.localeCompare(a.at)).slice(0, CHANGES_SHOWN);
}

async function look(id: string, signal: AbortSignal): Promise<All> {
  const path = `/numbers/${encodeURIComponent(id)}`;
  const [number, budget, signals, overview] = await Promise.all([
    get<Schemas['Number']>(path, {}, signal),
    get<Schemas['Budget']>(`${path}/budget`, {}, signal),
    get<Schemas['BreakerSignalList']>('/signals', { scope: 'number', id }, signal),
    get<Schemas['Overview']>('/overview', {}, signal),
  ]);
  const account = await get<Schemas['Account']>(`/accounts/${encodeURIComponent(number.waba)}`, {}, signal);
  return { number, account, budget, signals: signals.items, overview, changes: await changesOf(number, account, signal) };
}

type Limit = number | 'unlimited' | null;
const limitText = (n: Limit) => (typeof n === 'number' ? amount(n) : t('unlimited'));
const percent = (n: number | null) => (n === null ? '–' : `${(n * 100).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 })} %`);

function Sentences({ title, of }: { title: string; of: readonly string[] }) {
  return of.length ? <section><h2>{title}</h2><ul>{of.map((s) => <li><Foreign>{s}</Foreign></li>)}</ul></section> : null;
}

function Today({ of, at }: { of: Schemas['Budget']; at: string }) {
  const w = of.warmup, of_number = `#/decisions?number=${encodeURIComponent(of.number)}`;
  return (
    <section>
      <h2>{t('today_title')}</h2>
      <Figure name={t('left')} value={limitText(of.left as Limit)} at={at} />
      {w && <Figure name={t('budget')} value={amount(w.cap)} at={at} />}
      {w && <Figure name={t('used')} value={amount(w.used)} href={of_number} at={at} />}
      {w && <Figure name={t('tomorrow')} value={w.next_cap ? amount(w.next_cap) : t('ends')} at={at} />}
      <Figure name={t('limit')} value={limitText(of.portfolio.limit as Limit)} href="#/health" source={t('meta_told')} at={at} />
      <Figure name={t('in_portfolio')} value={amount(of.portfolio.used)} href="#/health" at={at} />
      <Figure name={t('reserved')} value={amount(of.portfolio.reserved)} href="#/health" at={at} />
      <p class="source">{t('pair')}</p>
    </section>
  );
}

// Planned days, and what today reached, at its place in the plan.
function Stairs({ of }: { of: NonNullable<Schemas['Budget']['warmup']> }) {
  const days = of.plan.slice(0, Math.max(14, of.day + 7));
  return (
    <Chart title={t('stairs')} sentence={t('stairs_says', of.day, amount(of.used), amount(of.cap))} over={t('day')} bars
      at={days.map((d) => String(d.day))}
      series={[
        { name: t('plan'), values: days.map((d) => d.cap) },
        { name: t('reached'), values: days.map((d) => (d.day === of.day ? of.used : null)) },
      ]} />
  );
}

function Days({ of }: { of: Schemas['Budget']['days'] }) {
  const sum = (what: 'sent' | 'delivered' | 'failed' | 'opt_outs') => of.reduce((n, d) => n + d[what], 0);
  const busiest = Math.max(0, ...of.map((d) => d.sent));
  return (
    <Chart title={t('days')} over={t('day')} at={of.map((d) => new Date(d.at))}
      sentence={t('days_says', amount(sum('sent')), amount(sum('delivered')), amount(sum('failed')), amount(sum('opt_outs')), amount(busiest))}
      series={[
        { name: t('sent'), values: of.map((d) => d.sent) },
        { name: t('delivered'), values: of.map((d) => d.delivered) },
        { name: t('failed'), values: of.map((d) => d.failed) },
        { name: t('opt_outs'), values: of.map((d) => d.opt_outs) },
      ]} />
  );
}

function Signals({ of }: { of: readonly Schemas['BreakerSignal'][] }) {
  return (
    <Table title={t('signals')} rows={of} none={t('no_signals')} columns={[
      { name: t('signal'), cell: (s) => <><Foreign>{s.means ?? s.signal}</Foreign>{s.proxy && <><br /><span class="source">{t('proxy')}</span></>}</> },
      { name: t('level'), cell: (s) => <Value of={s.level} />, sort: (s) => s.level },
      { name: t('share'), cell: (s) => <>{percent(s.share)} <span class="source">({amount(s.part)} / {amount(s.of)})</span></>, sort: (s) => s.share },
      { name: t('warns'), cell: (s) => percent(s.warn) },
      { name: t('stops'), cell: (s) => percent(s.pause) },
    ]} />
  );
}

function Changes({ of }: { of: readonly Schemas['Change'][] }) {
  return (
    <Table title={t('happened')} rows={of} none={t('nothing_happened')} columns={[
      { name: t('when'), cell: (c) => <Moment at={c.at} />, sort: (c) => c.at },
      { name: t('to_what'), cell: (c) => <Foreign>{valueText(c.object.split(':')[0])}</Foreign>, sort: (c) => c.object },
      { name: t('what_changed'), cell: (c) => <Foreign>{evidenceName(c.field)}</Foreign>, sort: (c) => c.field },
      { name: t('before'), cell: (c) => <Value of={c.before} /> },
      { name: t('after'), cell: (c) => <Value of={c.after} /> },
      { name: t('told_by'), cell: (c) => valueText(c.source), sort: (c) => c.source },
      { name: t('why'), cell: (c) => <Foreign>{typeof c.words === 'string' ? c.words : c.words ? JSON.stringify(c.words) : '–'}</Foreign> },
    ]} />
  );
}

function Pauses({ of, again }: { of: readonly Schemas['Pause'][]; again: () => void }) {
  return (
    <Table title={t('pauses')} rows={of} none={t('not_paused')} columns={[
      { name: t('purpose'), cell: (p) => valueText(p.purpose) },
      { name: t('part'), cell: (p) => `${p.percent} %` },
      { name: t('since'), cell: (p) => <Moment at={p.at} /> },
      { name: t('until'), cell: (p) => (p.until ? <Moment at={p.until} /> : t('resumed')) },
      { name: t('by'), cell: (p) => <Foreign>{valueText(p.by)}</Foreign> },
      { name: t('why'), cell: (p) => <Foreign>{p.reason}</Foreign> },
      { name: t('who_lifts'), cell: (p) => <Resume of={p} onDone={again} /> },
    ]} />
  );
}

function Shown({ of, at, again }: { of: All; at: string; again: () => void }) {
  const { number, budget, account } = of;
  const [row] = rowsOf({ accounts: [account], numbers: [number], overview: of.overview });
  return (
    <>
      <h2><Foreign>{number.display}</Foreign></h2>
      <p class="verdict"><Risk of={row!.urgency} />: <Foreign>{row!.sentence}</Foreign></p>
      <Deeds number={number} onChange={again} />
      <Facts rows={[
        [t('name'), <Foreign>{number.verified_name ?? '–'}</Foreign>],
        [t('account'), <Foreign>{account.name}</Foreign>],
        [t('id'), <Foreign>{number.id}</Foreign>],
        [t('state'), <Value of={number.status} />],
        [t('quality'), <Value of={number.quality} />],
        [t('health'), <><Value of={number.health} /> {number.health_at && <span class="source">{t('asked', '')}<Moment at={number.health_at} /></span>}</>],
        [t('throughput'), amount(number.throughput)],
        [t('warmup'), number.warmup ? valueText(budget.warmup?.phase) : t('established')],
      ]} />
      <p><a href={`#/decisions?number=${encodeURIComponent(number.id)}`}>{t('decisions')}</a></p>
      <Today of={budget} at={at} />
      <Sentences title={t('why_not_more')} of={budget.why} />
      <Sentences title={t('to_get_more')} of={budget.to_get_more} />
      {budget.warmup ? <Stairs of={budget.warmup} /> : <p>{t('no_warmup')}</p>}
      <Days of={budget.days} />
      <Pauses of={number.paused} again={again} />
      <Signals of={of.signals} />
      <Changes of={of.changes} />
    </>
  );
}

export function One({ id }: { id: string }) {
  const all = useLive((signal) => look(id, signal), `number ${id}`, ['number', 'pause']);
  return (
    <>
      <p><a href="#/numbers">{t('all_numbers')}</a></p>
      <Live from={all}>{(of) => <Shown of={of} at={all.at} again={all.again} />}</Live>
    </>
  );
}
