// Are we safe, and what must I do today?
import { get, type Schemas } from '../api';
import { Foreign, Live, Moment, Table, useClient, useLive } from '../parts';
import { concernsOfAccount, concernsOfPortfolio, rowsOf, type Concern, type World } from '../risk';
import { words } from '../texts';
import { valueText } from '../values';
import { Risk } from './fleet';
import { Capacity, Indicators } from './health/figures';
import { Ladder } from './health/ladder';
import { Resume } from './numbers/deeds';

const t = words({
  todo: ['To do, most urgent first', 'Da fare, prima le cose più urgenti'],
  nothing: ['There is nothing to do.', 'Non c’è nulla da fare.'],
  unknown_many: ['{0} messages have an unknown outcome.', '{0} messaggi hanno un esito ignoto.'],
  held_stops: ['Opt-outs wait for somebody to look: are they real?', 'Delle revoche aspettano che qualcuno guardi: sono reali?'],
  deadline: ['{0}: a review can be asked for in the next {1} days.', '{0}: si può chiedere un riesame nei prossimi {1} giorni.'],
  incident: ['{0}: open since it happened.', '{0}: aperto da quando è successo.'],
  approval: ['The campaign “{0}” waits for an approval.', 'La campagna «{0}» aspetta un’approvazione.'],
  see: ['Look at them', 'Guarda'],
  open: ['Open it', 'Apri'],
  preflight: ['Look and approve', 'Guarda e approva'],
  steps: ['Three steps to begin', 'Tre passi per cominciare'],
  step_webhook: ['Connect the webhook: add an account with its app secret, and a number.', 'Collega il webhook: aggiungi un account con il suo app secret, e un numero.'],
  step_test: ['Send a test message through the gateway.', 'Invia un messaggio di prova attraverso il gateway.'],
  step_import: ['Import the consents that there are.', 'Importa i consensi che ci sono.'],
  step_done: ['done', 'fatto'],
  step_open: ['to do', 'da fare'],
  import_now: ['Import', 'Importa'],
  resume: ['Resume', 'Riprendi'],
  things_one: ['The numbers are well; one thing below needs you.', 'I numeri stanno bene; qui sotto c’è una cosa da fare.'],
  things: ['The numbers are well; {0} things below need you.', 'I numeri stanno bene; qui sotto ci sono {0} cose da fare.'],
  needs_you: ['{0} of {1} numbers need attention.', '{0} numeri su {1} richiedono attenzione.'],
  fleet: ['All clients, by risk', 'Tutti i clienti, per rischio'],
});

interface State extends World {
  status: Schemas['Status'];
  pauses: Schemas['Pause'][];
  alarms: Schemas['Alarm'][];
  incidents: Schemas['IncidentEntry'][];
  drafts: Schemas['CampaignHead'][];
  stops: number;
  begun: { sent: boolean; imported: boolean };
}

// What somebody may not see is left out, and not the whole page.
async function orNone<T>(asked: Promise<{ items: T[] }>): Promise<T[]> {
  return asked.then((a) => a.items, () => []);
}

// Whether there is any; nobody is told to do what they may not see.
async function orSome(asked: Promise<{ items: unknown[] }>): Promise<boolean> {
  return asked.then((a) => a.items.length > 0, () => true);
}

async function look(signal: AbortSignal): Promise<State> {
  const [status, accounts, numbers, overview, pauses, alarms, incidents, drafts, stops, sent, imported] = await Promise.all([
    get<Schemas['Status']>('/status', {}, signal),
    get<Schemas['AccountList']>('/accounts', { limit: 1000 }, signal),
    get<Schemas['NumberList']>('/numbers', { limit: 1000 }, signal),
    get<Schemas['Overview']>('/overview', {}, signal),
    get<Schemas['PauseList']>('/pauses', {}, signal),
    orNone(get<Schemas['AlarmList']>('/alarms', { limit: 10 }, signal)),
    orNone(get<Schemas['IncidentList']>('/incidents', { under_way: true, limit: 20 }, signal)),
    orNone(get<Schemas['CampaignList']>('/campaigns', { state: 'draft', limit: 5 }, signal)),
    orNone(get<Schemas['StopList']>('/stops', { state: 'held', limit: 1 }, signal)),
    orSome(get<Schemas['DecisionList']>('/decisions', { limit: 1 }, signal)),
    orSome(get<Schemas['ImportList']>('/imports', { limit: 1 }, signal)),
  ]);
  return { status, accounts: accounts.items, numbers: numbers.items, overview, pauses: pauses.items, alarms, incidents, drafts,
    stops: stops.length, begun: { sent, imported } };
}

function ofIncident(i: Schemas['IncidentEntry']): Concern {
  const title = (i.title ?? i.kind).replace(/\.$/, '');
  const sentence = i.days_left !== null ? t('deadline', title, i.days_left) : t('incident', title);
  return { urgency: i.days_left !== null && i.days_left <= 14 ? 3 : 2, sentence, href: `#/incidents/${i.id}`, button: t('open') };
}

function todo(s: State): Concern[] {
  const of_numbers = rowsOf(s).flatMap((r) => r.concerns.filter((c) => c.href.startsWith('#/numbers'))
    .map((c) => ({ ...c, sentence: `${r.number.display}: ${c.sentence}` })));
  const of_accounts = s.accounts.flatMap((a) => concernsOfAccount(a).map((c) => ({ ...c, sentence: `${a.name}: ${c.sentence}` })));
  return [
    ...of_accounts, ...of_numbers, ...s.overview.portfolios.flatMap(concernsOfPortfolio), ...s.incidents.map(ofIncident),
    ...(s.status.queues.unknown ? [{ urgency: 2, sentence: t('unknown_many', s.status.queues.unknown), href: '#/decisions?state=unknown', button: t('see') }] : []),
    ...(s.stops ? [{ urgency: 3, sentence: t('held_stops'), href: '#/stops', button: t('see') }] : []),
    ...s.drafts.map((c) => ({ urgency: 1, sentence: t('approval', c.name), href: `#/campaigns/${c.id}`, button: t('preflight') })),
  ].sort((a, b) => b.urgency - a.urgency);
}

function Todo({ of }: { of: readonly Concern[] }) {
  return (
    <section>
      <h2>{t('todo')}</h2>
      {!of.length && <p>{t('nothing')}</p>}
      <ol class="todo">{of.map((c) => (
        <li><Risk of={c.urgency} /> <Foreign>{c.sentence}</Foreign> <a class="button" href={c.href}>{c.button}</a></li>
      ))}</ol>
    </section>
  );
}

function Begin({ of }: { of: State }) {
  const steps = [
    { done: of.numbers.length > 0 && of.accounts.some((a) => a.app_secret), text: t('step_webhook'), href: '' },
    { done: of.begun.sent, text: t('step_test'), href: '' },
    { done: of.begun.imported, text: t('step_import'), href: '#/imports' },
  ];
  if (steps.every((s) => s.done)) return null;
  return (
    <section class="card">
      <h2>{t('steps')}</h2>
      <ol>{steps.map((s) => (
        <li><strong>{t(s.done ? 'step_done' : 'step_open')}</strong>: {s.text} {s.href && !s.done && <a href={s.href}>{t('import_now')}</a>}</li>
      ))}</ol>
    </section>
  );
}

function verdict(s: State): string {
  const n = rowsOf(s).filter((r) => r.urgency >= 2).length;
  const things = todo(s).filter((c) => c.urgency >= 2).length;
  if (!s.numbers.length) return t('no_numbers');
  if (n === 0 && things > 0) return things === 1 ? t('things_one') : t('things', things);
  return n === 0 ? t('all_well') : n === 1 ? t('needs_one', 1, s.numbers.length) : t('needs_you', n, s.numbers.length);
}

function Pauses({ of, again }: { of: readonly Schemas['Pause'][]; again: () => void }) {
  return (
    <Table title={t('pauses')} rows={of} none={t('no_pauses')} columns={[
      { name: t('what'), cell: (p) => <Foreign>{valueText(p.scope)} {p.id}</Foreign>, sort: (p) => p.id },
      { name: t('purpose'), cell: (p) => valueText(p.purpose), sort: (p) => p.purpose },
      { name: t('part'), cell: (p) => `${p.percent} %` },
      { name: t('since'), cell: (p) => <Moment at={p.at} />, sort: (p) => p.at },
      { name: t('until'), cell: (p) => (p.until ? <Moment at={p.until} /> : t('resumed')) },
      { name: t('by'), cell: (p) => <Foreign>{valueText(p.by)}</Foreign>, sort: (p) => p.by },
      { name: t('why'), cell: (p) => <Foreign>{p.reason}</Foreign> },
      { name: t('resume'), cell: (p) => <Resume of={p} onDone={again} /> },
    ]} />
  );
}

// Of one client, when somebody looks at one.
function narrowed(s: State, wabas: readonly string[]): State {
  const accounts = s.accounts.filter((a) => wabas.includes(a.waba));
  const numbers = s.numbers.filter((n) => wabas.includes(n.waba));
  const own = new Set([...wabas, ...numbers.map((n) => n.id)]);
  const portfolios = s.overview.portfolios.filter((p) => accounts.some((a) => a.portfolio === p.portfolio));
  return { ...s, accounts, numbers, pauses: s.pauses.filter((p) => own.has(p.id)), incidents: s.incidents.filter((i) => own.has(i.waba)),
    overview: { ...s.overview, portfolios, numbers: s.overview.numbers.filter((n) => own.has(n.number)) } };
}

function Shown({ of, at, again }: { of: State; at: string; again: () => void }) {
  return (
    <>
      <p class="verdict">{verdict(of)}</p>
      <p>{t(of.status.mode === 'enforce' ? 'enforcing' : 'observing')} <a href="#/fleet">{t('fleet')}</a></p>
      <Begin of={of} />
      <Todo of={todo(of)} />
      <Capacity of={of} at={at} />
      <Indicators of={of.overview} queues={of.status.queues} />
      <Ladder accounts={of.accounts} incidents={of.incidents} />
      <Pauses of={of.pauses} again={again} />
      <Table title={t('alarms')} rows={of.alarms} none={t('no_alarms')} columns={[
        { name: t('when'), cell: (a) => <Moment at={a.at} />, sort: (a) => a.at },
        { name: t('kind'), cell: (a) => <Foreign>{a.kind}</Foreign>, sort: (a) => a.kind },
        { name: t('where'), cell: (a) => <Foreign>{a.scope}</Foreign>, sort: (a) => a.scope },
      ]} />
    </>
  );
}

export function Health() {
  const client = useClient();
  const state = useLive(look, 'health', ['number', 'pause', 'alarm', 'incident', 'campaign', 'import']);
  return (
    <Live from={state}>{(s) => <Shown of={client.portfolio ? narrowed(s, client.wabas) : s} at={state.at} again={state.again} />}</Live>
  );
}
