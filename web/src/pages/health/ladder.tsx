// How Meta's enforcement goes, step by step, and where each account stands on it.
import type { Schemas } from '../../api';
import { Foreign, Moment, Table } from '../../parts';
import { words } from '../../texts';

const t = words({
  ladder: ['How far Meta has gone', 'Fin dove è arrivata Meta'],
  account: ['Account', 'Account'],
  step: ['Step', 'Gradino'],
  of: ['{0} of {1}', '{0} di {1}'],
  means: ['What that means', 'Che cosa significa'],
  until: ['Until', 'Fino a'],
  warned: ['Last warning', 'Ultimo avviso'],
  appeal: ['A review can be asked for until', 'Si può chiedere un riesame fino a'],
  steps: ['The steps', 'I gradini'],
  s0: ['none', 'nessuno'],
  s1: ['warning', 'avviso'],
  s2: ['some countries or categories are blocked', 'alcuni Paesi o categorie bloccati'],
  s3: ['no messages of the business’s own for 1 or 3 days', 'nessun messaggio avviato dall’azienda per 1 o 3 giorni'],
  s4: ['no replies either, for 5 or 7 days', 'nemmeno risposte, per 5 o 7 giorni'],
  s5: ['locked', 'bloccato'],
  s6: ['to be disabled', 'disattivazione programmata'],
  s7: ['disabled for good', 'disattivato definitivamente'],
  none: ['There is no account yet.', 'Non c’è ancora nessun account.'],
  source: [
    'As Meta told it by webhook, e-mail notice or when asked.', 'Come comunicato da Meta con webhook, e-mail o su richiesta.'],
});

const STEPS = ['fine', 'warned', 'partly_restricted', 'restricted', 'silenced', 'locked', 'disable_scheduled', 'disabled'];
const NAMES = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'] as const;

type Account = Schemas['Account'];

export function Ladder({ accounts, incidents }: { accounts: readonly Account[]; incidents: readonly Schemas['IncidentEntry'][] }) {
  const place = (a: Account) => STEPS.indexOf(a.standing.step);
  const deadline = (a: Account) => incidents.filter((i) => i.waba === a.waba && i.deadline_at).map((i) => i.deadline_at!).sort()[0];
  return (
    <>
      <Table title={t('ladder')} rows={accounts} none={t('none')} columns={[
        { name: t('account'), cell: (a) => <Foreign>{a.name}</Foreign>, sort: (a) => a.name },
        { name: t('step'), cell: (a) => (place(a) < 0 ? <Foreign>{a.standing.word ?? '?'}</Foreign>
          : <strong>{t('of', place(a), STEPS.length - 1)}: {t(NAMES[place(a)]!)}</strong>), sort: place },
        { name: t('means'), cell: (a) => <Foreign>{a.standing.sentence}</Foreign> },
        { name: t('until'), cell: (a) => (a.standing.until ? <Moment at={a.standing.until} /> : a.disable_at ? <Moment at={a.disable_at} /> : '–') },
        { name: t('warned'), cell: (a) => (a.warned_at ? <><Moment at={a.warned_at} /> <Foreign>{a.warning}</Foreign></> : '–') },
        { name: t('appeal'), cell: (a) => (deadline(a) ? <Moment at={deadline(a)!} /> : '–') },
      ]} />
      <details>
        <summary>{t('steps')}</summary>
        <ol start={0}>{NAMES.map((n) => <li>{t(n)}</li>)}</ol>
      </details>
      <p class="source">{t('source')}</p>
    </>
  );
}
