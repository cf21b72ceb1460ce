// Why was this message refused, or allowed? The list, found by whatever somebody knows; one decision is in decisions/one.tsx.
import { useRef, useState } from 'preact/hooks';
import { get, type Schemas } from '../api';
import { Foreign, Live, Moment, OfClient, Table, useClient, useLive } from '../parts';
import type { Place } from '../place';
import { words } from '../texts';
import { Value, valueText } from '../values';
import { One } from './decisions/one';

const t = words({
  outcome: ['Outcome', 'Esito'],
  any: ['any', 'qualsiasi'],
  from: ['From', 'Dal'],
  to: ['To', 'Al'],
  clear: ['Show all', 'Mostra tutte'],
  newer: ['Newest', 'Più recenti'],
  hold_list: ['Stop refreshing', 'Ferma l’aggiornamento'],
  go_on: ['Refresh again', 'Riprendi l’aggiornamento'],
  stands_still: ['The list stands still since {0}.', 'L’elenco è fermo dalle {0}.'],
  only: ['Only those to one person', 'Solo quelle verso una persona'],
  wamid_only: ['Only the message {0}', 'Solo il messaggio {0}'],
  template_hint: ['name, or name/language', 'nome, oppure nome/lingua'],
  allowed_with: ['{0} (warnings: {1})', '{0} (avvisi: {1})'],
});

const STATES = ['refused', 'held', 'ready', 'sending', 'accepted', 'sent', 'delivered', 'read', 'failed', 'unknown',
  'unresolved', 'cancelled', 'expired'];
const VERDICTS = ['allow', 'hold', 'refuse'];
const FILTERS = ['verdict', 'state', 'rule', 'number', 'app', 'template', 'campaign', 'person', 'wamid', 'since', 'until'];

export function Decisions({ id, query }: Place) {
  const { portfolio } = useClient();
  return id ? <One id={id} key={id} /> : <All query={query} portfolio={portfolio} key={`${portfolio} ${query}`} />;
}

// "2026-11-22T10:00" of the reader's clock, for the field of a form.
function local(at: string | null): string {
  if (!at || Number.isNaN(Date.parse(at))) return '';
  const d = new Date(at);
  return new Date(d.getTime() - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function Select({ name, label, of, chosen }: { name: string; label: string; of: readonly string[]; chosen: string | null }) {
  return (
    <label>{label}
      <select name={name}>
        <option value="">{t('any')}</option>
        {of.map((s) => <option value={s} selected={s === chosen}>{valueText(s)}</option>)}
      </select>
    </label>
  );
}

function Input({ name, label, query, hint, type = 'text' }:
  { name: string; label: string; query: URLSearchParams; hint?: string; type?: string }) {
  const value = type === 'datetime-local' ? local(query.get(name)) : query.get(name) ?? '';
  return <label>{label}<input name={name} type={type} defaultValue={value} placeholder={hint} /></label>;
}

// By what people call them; whoever looks after some clients only has to choose one of theirs.
function Numbers({ chosen }: { chosen: string }) {
  const list = useLive((signal) => get<Schemas['NumberList']>('/numbers', { limit: 1000 }, signal), 'numbers', ['number']);
  const client = useClient();
  const items = (list.data?.items ?? []).filter((n) => !client.portfolio || client.wabas.includes(n.waba));
  const known = !chosen || items.some((n) => n.id === chosen);
  return (
    <label>{t('number')}
      <select name="number">
        <option value="">{t('any')}</option>
        {!known && <option value={chosen} selected>{chosen}</option>}
        {items.map((n) => <option value={n.id} selected={n.id === chosen}>{n.display}</option>)}
      </select>
    </label>
  );
}

function Filter({ query }: { query: URLSearchParams }) {
  const submit = (e: SubmitEvent) => {
    e.preventDefault();
    const form = new FormData(e.currentTarget as HTMLFormElement);
    const given = [...form].map(([k, v]) => [k, String(v).trim()] as const).filter(([, v]) => v !== '');
    const values = given.map(([k, v]) => [k, k === 'since' || k === 'until' ? new Date(v).toISOString() : v]);
    location.hash = `#/decisions?${new URLSearchParams(values)}`;
  };
  return (
    <form onSubmit={submit} class="filter">
      <Select name="verdict" label={t('verdict')} of={VERDICTS} chosen={query.get('verdict')} />
      <Select name="state" label={t('outcome')} of={STATES} chosen={query.get('state')} />
      <Input name="rule" label={t('rule')} query={query} hint="window.closed" />
      <Numbers chosen={query.get('number') ?? ''} />
      <Input name="app" label={t('app')} query={query} />
      <Input name="template" label={t('template')} query={query} hint={t('template_hint')} />
      <Input name="campaign" label={t('campaign')} query={query} />
      <Input name="since" label={t('from')} query={query} type="datetime-local" />
      <Input name="until" label={t('to')} query={query} type="datetime-local" />
      {query.get('person') && (
        <label class="check"><input type="checkbox" name="person" value={query.get('person')!} checked /> {t('only')}</label>
      )}
      {query.get('wamid') && (
        <label class="check"><input type="checkbox" name="wamid" value={query.get('wamid')!} checked /> {t('wamid_only', query.get('wamid')!)}</label>
      )}
      <button type="submit">{t('filter')}</button>
      <a href="#/decisions">{t('clear')}</a>
    </form>
  );
}

type Page = Schemas['DecisionList'];

// What is shown: what came last, or what there was when somebody stopped the list.
function useStill(data: Page | undefined): { page: Page | undefined; since: string; turn: () => void } {
  const [still, setStill] = useState('');
  const kept = useRef<Page>();
  if (!still) kept.current = data;
  return { page: still ? kept.current : data, since: still, turn: () => setStill(still ? '' : new Date().toLocaleTimeString()) };
}

function rulesOf(d: Schemas['Decision']): string {
  return [...d.rules, ...d.warnings].join(', ') || '–';
}

export function DecisionTable({ items, title }: { items: readonly Schemas['Decision'][]; title: string }) {
  return (
    <Table title={title} rows={items} none={t('no_decisions')} columns={[
      { name: t('when'), cell: (d) => <a href={`#/decisions/${d.decision}`}><Moment at={d.at} /></a>, sort: (d) => d.at },
      { name: t('verdict'), cell: (d) => <Value of={d.verdict} />, sort: (d) => d.verdict },
      { name: t('outcome'), cell: (d) => <Value of={d.state} />, sort: (d) => d.state },
      { name: t('rule'), cell: (d) => <Foreign>{rulesOf(d)}</Foreign>, sort: rulesOf },
      { name: t('purpose'), cell: (d) => <Value of={d.purpose} />, sort: (d) => d.purpose },
      { name: t('number'), cell: (d) => <Foreign>{d.number ?? '–'}</Foreign>, sort: (d) => d.number },
      { name: t('template'), cell: (d) => <Foreign>{d.template ?? '–'}</Foreign>, sort: (d) => d.template },
      { name: t('campaign'), cell: (d) => <Foreign>{d.campaign ?? '–'}</Foreign>, sort: (d) => d.campaign },
    ]} />
  );
}

function All({ query, portfolio }: { query: URLSearchParams; portfolio: string }) {
  const [cursor, setCursor] = useState('');
  const asked = Object.fromEntries(FILTERS.map((f) => [f, query.get(f) ?? '']));
  const wanted = { ...asked, portfolio, cursor, limit: 50 };
  const list = useLive((signal) => get<Page>('/decisions', wanted, signal), JSON.stringify(wanted), ['decision']);
  const { page, since, turn } = useStill(list.data);
  return (
    <>
      <Filter query={query} />
      <OfClient />
      <Live from={list}>{() => page && (
        <>
          <DecisionTable title={t('decisions')} items={page.items} />
          <p class="row">
            {cursor && <button type="button" onClick={() => setCursor('')}>{t('newer')}</button>}
            {page.next && <button type="button" onClick={() => setCursor(page.next!)}>{t('older')}</button>}
            <button type="button" aria-pressed={since !== ''} onClick={turn}>{t(since ? 'go_on' : 'hold_list')}</button>
            {since && <span class="note">{t('stands_still', since)}</span>}
          </p>
        </>
      )}</Live>
    </>
  );
}
