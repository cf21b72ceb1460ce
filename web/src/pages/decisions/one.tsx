// One decision: what was said, by which rule, on which facts; what came of it; and the same once more.
import { useState } from 'preact/hooks';
import { get, type Schemas } from '../../api';
import { Act, Facts, Foreign, Live, mayAs, Moment, Table, toast, toastError, useLive } from '../../parts';
import { words } from '../../texts';
import { Value, valueText } from '../../values';
import { Finding, Ladder } from './ladder';
import { WhatIf } from './whatif';

const t = words({
  was_allowed: ['Allowed: every rule passed.', 'Consentito: tutte le regole sono superate.'],
  was_allowed_warned: ['Allowed, with warnings.', 'Consentito, con avvisi.'],
  was_hold: ['Not sent yet: ', 'Non ancora inviato: '],
  was_refuse: ['Not sent: ', 'Non inviato: '],
  observed: [
    'Observe mode: the message went out all the same.', 'Modalità di osservazione: il messaggio è partito lo stesso.'],
  similar: ['Similar: {0}', 'Simili: {0}'],
  copy: ['Copy for support', 'Copia per l’assistenza'],
  copied: ['Copied: decision, rule and time; no personal data.', 'Copiato: decisione, regola e ora; nessun dato personale.'],
  prove: ['Prove it by the ledger', 'Verifica con il registro'],
  proven: [
    'Entry {0} of the ledger stands for this decision; the checkpoint that covers it is signed.',
    'La voce {0} del registro attesta questa decisione; il sigillo che la copre è firmato.'],
  certificate: ['Whole proof', 'Prova completa'],
  timeline: ['What happened', 'Che cosa è successo'],
  event: ['Event', 'Evento'],
  judged: ['judged: {0}', 'valutato: {0}'],
  attempts: ['handed to Meta, {0} times in all', 'consegnato a Meta, {0} volte in tutto'],
  attempt_one: ['handed to Meta once', 'consegnato a Meta una volta'],
  never_handed: ['never handed to Meta', 'mai consegnato a Meta'],
  gap: [
    'Meta tells the newest state only: the times in between are not kept.',
    'Meta comunica solo lo stato più recente: i tempi intermedi non vengono conservati.'],
  code: ['Meta’s error code', 'Codice di errore di Meta'],
  may_go: ['May go from', 'Può partire dalle'],
  attempts_n: ['Attempts', 'Tentativi'],
  kind: ['Kind of message', 'Tipo di messaggio'],
  of_person: ['Record of this person', 'Scheda di questa persona'],
});

type Decision = Schemas['Decision'];

function Sentence({ d }: { d: Decision }) {
  const leading = d.details.find((f) => f.level === d.verdict);
  if (d.verdict === 'allow') return <p class="verdict">{t(d.details.length ? 'was_allowed_warned' : 'was_allowed')}</p>;
  return <p class="verdict">{t(d.verdict === 'hold' ? 'was_hold' : 'was_refuse')}<Foreign>{leading?.because ?? d.rules.join(', ')}</Foreign></p>;
}

function supportText(d: Decision): string {
  return [d.decision, d.at, d.verdict, d.rules.join(','), `policy ${d.policy}`, `number ${d.number ?? '-'}`, `app ${d.app ?? '-'}`].join(' · ');
}

function Deeds({ d }: { d: Decision }) {
  const [proof, setProof] = useState<Schemas['Proof']>();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(supportText(d));
      toast(t('copied'));
    } catch (e) {
      toastError(e);
    }
  };
  const prove = async () => {
    try {
      setProof(await get<Schemas['Proof']>(`/ledger/proof/${encodeURIComponent(d.decision)}`));
    } catch (e) {
      toastError(e);
    }
  };
  return (
    <>
      <p class="row">
        {d.rules.map((r) => <a href={`#/decisions?rule=${encodeURIComponent(r)}`}>{t('similar', r)}</a>)}
        {d.person && <a href={`#/people/${encodeURIComponent(d.person)}`}>{t('of_person')}</a>}
        <button type="button" onClick={copy}>{t('copy')}</button>
        <Act may={mayAs('compliance')} onDo={() => void prove()}>{t('prove')}</Act>
      </p>
      {proof && (
        <div class="card" role="status">
          <p>{t('proven', proof.seq)}</p>
          <details><summary>{t('certificate')}</summary><pre tabIndex={0}><Foreign>{JSON.stringify(proof, null, 1)}</Foreign></pre></details>
        </div>
      )}
    </>
  );
}

interface Event {
  at: string;
  what: string;
}

// What is on record with its time; newest last.
function eventsOf(d: Decision): Event[] {
  const judged = (verdict: string, rules: readonly string[]) => t('judged', [valueText(verdict), ...rules].join(', '));
  const handed = d.attempts === 0 ? t('never_handed') : d.attempts === 1 ? t('attempt_one') : t('attempts', d.attempts);
  return [
    ...d.former.map((f) => ({ at: f.at, what: judged(f.verdict, f.rules) })),
    { at: d.at, what: judged(d.verdict, d.rules) },
    { at: d.updated_at, what: `${handed}; ${valueText(d.state)}${d.error_code ? ` (${d.error_code})` : ''}` },
  ].sort((a, b) => a.at.localeCompare(b.at));
}

function Shown({ d }: { d: Decision }) {
  const more: [string, preact.ComponentChildren][] = [
    ...(d.hold_until ? [[t('may_go'), <Moment at={d.hold_until} />] as [string, preact.ComponentChildren]] : []),
    ...(d.error_code ? [[t('code'), d.error_code] as [string, preact.ComponentChildren]] : []),
  ];
  return (
    <>
      <h2><Value of={d.verdict} /> <code>{d.decision}</code></h2>
      <Sentence d={d} />
      {d.mode === 'observe' && d.verdict !== 'allow' && <p class="note">{t('observed')}</p>}
      <Deeds d={d} />
      {d.details.map((f, i) => <Finding of={f} first={i === 0} />)}
      <Facts rows={[
        [t('when'), <Moment at={d.at} />],
        [t('state'), <Value of={d.state} />],
        [t('purpose'), <Value of={d.purpose} />],
        [t('kind'), <Value of={d.kind} />],
        [t('number'), d.number ? <a href={`#/numbers/${encodeURIComponent(d.number)}`}><Foreign>{d.number}</Foreign></a> : '–'],
        [t('app'), <Foreign>{d.app ?? '–'}</Foreign>],
        [t('template'), <Foreign>{d.template ?? '–'}</Foreign>],
        [t('campaign'), <Foreign>{d.campaign ?? '–'}</Foreign>],
        [t('wamid'), <Foreign>{d.wamid ?? '–'}</Foreign>],
        [t('attempts_n'), d.attempts],
        [t('mode'), valueText(d.mode)],
        [t('policy'), <Foreign>{d.policy}</Foreign>],
        ...more,
      ]} />
      <Table title={t('timeline')} rows={eventsOf(d)} none="" columns={[
        { name: t('when'), cell: (e) => <Moment at={e.at} /> },
        { name: t('event'), cell: (e) => <Foreign>{e.what}</Foreign> },
      ]} />
      {d.attempts > 0 && <p class="source">{t('gap')}</p>}
      <WhatIf decision={d.decision} />
      <Ladder steps={d.ladder ?? []} details={d.details} />
    </>
  );
}

export function One({ id }: { id: string }) {
  const one = useLive((signal) => get<Decision>(`/decisions/${encodeURIComponent(id)}`, {}, signal), id, ['decision']);
  return (
    <>
      <p><a href="#/decisions">{t('back')}</a></p>
      <Live from={one}>{(d) => <Shown d={d} />}</Live>
    </>
  );
}
