// The same message, judged again: now, or if something were otherwise. Nothing is sent and nothing is recorded.
import { useState } from 'preact/hooks';
import { post, type Schemas } from '../../api';
import { Act, Field, Foreign, toastError } from '../../parts';
import { time, words } from '../../texts';
import { valueText } from '../../values';
import { Finding, Ladder } from './ladder';

const t = words({
  what_if: ['What if …', 'E se …'],
  nothing_happens: [
    'The message is only judged again: nothing is sent, and nothing is recorded.',
    'Il messaggio viene solo valutato di nuovo: non si invia e non si registra nulla.'],
  now: ['Judge it now', 'Valutalo adesso'],
  wrote: ['The person wrote so many hours ago', 'La persona ha scritto tante ore fa'],
  agreed: ['The person agreed to', 'La persona ha dato il consenso per'],
  as_it_is: ['as it is', 'com’è'],
  quality: ['Quality of the number', 'Qualità del numero'],
  at: ['Judged at', 'Valutato alle'],
  facts: ['Other facts, as JSON', 'Altri fatti, in JSON'],
  facts_hint: ['As in policy cases: {"number":{"sent_24h":900}}', 'Come nei casi delle regole: {"number":{"sent_24h":900}}'],
  no_json: ['This is not a JSON object.', 'Questo non è un oggetto JSON.'],
  judge: ['Judge it so', 'Valuta così'],
  would: ['It would be {0}.', 'Sarebbe {0}.'],
  as_of: ['As of {0}, by policy {1}. Before: {2}.', 'Alle {0}, secondo le regole {1}. Prima: {2}.'],
  words_gone: [
    'The text of the message is not kept: rules about its words and variables count as passed.',
    'Il testo del messaggio non viene conservato: le regole sulle parole e sulle variabili contano come superate.'],
  judging: ['Judging …', 'Valutazione in corso …'],
});

const PURPOSES = ['marketing', 'utility', 'authentication', 'all'];
const QUALITIES = ['GREEN', 'YELLOW', 'RED', 'UNKNOWN'];

interface Wishes {
  hours: string;
  purpose: string;
  quality: string;
  at: string;
  facts: string;
}

const NONE: Wishes = { hours: '', purpose: '', quality: '', at: '', facts: '' };

type Facts = Record<string, Record<string, unknown>>;

function parsed(text: string): Facts | undefined {
  if (!text.trim()) return {};
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === 'object' && !Array.isArray(value) ? value as Facts : undefined;
  } catch {
    return undefined;
  }
}

function factsOf(w: Wishes): Facts {
  const facts: Facts = { ...parsed(w.facts) };
  const at = w.at ? new Date(w.at) : new Date();
  const before = (hours: number) => new Date(at.getTime() - hours * 3_600_000).toISOString();
  if (w.hours) facts['person'] = { ...facts['person'], last_inbound_at: before(Number(w.hours)) };
  if (w.purpose)
    facts['person'] = { ...facts['person'], consents: [{ purpose: w.purpose, act: 'grant', at: before(1), evidence: 'double_opt_in' }] };
  if (w.quality) facts['number'] = { ...facts['number'], quality: w.quality };
  return facts;
}

function Result({ of }: { of: Schemas['Simulation'] }) {
  return (
    <section class="card" aria-live="polite">
      <h3>{t('would', valueText(of.verdict))}</h3>
      <p class="source">{t('as_of', time(of.at), of.policy, valueText(of.was))}</p>
      {!of.words_known && <p class="note">{t('words_gone')}</p>}
      {of.details.map((f, i) => <Finding of={f} first={i === 0} />)}
      <Ladder steps={of.ladder} details={of.details} />
    </section>
  );
}

export function WhatIf({ decision }: { decision: string }) {
  const [wishes, setWishes] = useState(NONE);
  const [result, setResult] = useState<Schemas['Simulation']>();
  const [busy, setBusy] = useState(false);
  const set = (name: keyof Wishes) => (e: { currentTarget: { value: string } }) => setWishes({ ...wishes, [name]: e.currentTarget.value });
  const wrong = parsed(wishes.facts) ? '' : t('no_json');
  const ask = async (w: Wishes) => {
    const facts = factsOf(w);
    setBusy(true);
    try {
      setResult(await post<Schemas['Simulation']>('/decisions/simulate', {
        decision,
        ...(Object.keys(facts).length && { facts_file: JSON.stringify(facts) }),
        ...(w.at && { at: new Date(w.at).toISOString() }),
      }));
    } catch (e) {
      toastError(e);
    }
    setBusy(false);
  };
  return (
    <section>
      <h2>{t('what_if')}</h2>
      <p>{t('nothing_happens')}</p>
      <p class="row"><button type="button" onClick={() => ask(NONE)}>{t('now')}</button></p>
      <form class="filter" onSubmit={(e) => { e.preventDefault(); if (!wrong) void ask(wishes); }}>
        <Field label={t('wrote')}><input type="number" min="0" max="9999" value={wishes.hours} onInput={set('hours')} /></Field>
        <Field label={t('agreed')}>
          <select value={wishes.purpose} onChange={set('purpose')}>
            <option value="">{t('as_it_is')}</option>
            {PURPOSES.map((p) => <option value={p}>{valueText(p)}</option>)}
          </select>
        </Field>
        <Field label={t('quality')}>
          <select value={wishes.quality} onChange={set('quality')}>
            <option value="">{t('as_it_is')}</option>
            {QUALITIES.map((q) => <option value={q}>{valueText(q)}</option>)}
          </select>
        </Field>
        <Field label={t('at')}><input type="datetime-local" value={wishes.at} onInput={set('at')} /></Field>
        <Field label={t('facts')} hint={t('facts_hint')} error={wrong}>
          <input value={wishes.facts} onInput={set('facts')} autoComplete="off" spellcheck={false} />
        </Field>
        <Act submit may={!busy && !wrong} why={busy ? t('judging') : wrong}>{t('judge')}</Act>
      </form>
      {result && <Foreign><Result of={result} /></Foreign>}
    </section>
  );
}
