// Who did what: entries of the ledger about acts of operators, with what stood there before.
import { useState } from 'preact/hooks';
import { get, type Schemas } from '../api';
import { Foreign, Live, Moment, Table, useLive } from '../parts';
import { words } from '../texts';

const t = words({
  trail: ['What operators did', 'Che cosa hanno fatto gli operatori'],
  none: ['Nothing fits.', 'Nessun atto corrisponde.'],
  who_: ['Who', 'Chi'],
  from: ['From', 'Da dove'],
  did: ['What', 'Che cosa'],
  on: ['On what', 'Su che cosa'],
  values: ['Values, and what was before', 'Valori, e che cosa c’era prima'],
  reason: ['Why', 'Perché'],
  entry: ['Entry', 'Voce'],
  of_: ['Who (name)', 'Chi (nome)'],
  operation: ['Kind of act', 'Tipo di atto'],
  object: ['On what (id)', 'Su che cosa (id)'],
  since_: ['Since (day)', 'Dal giorno'],
  until_: ['Until (day)', 'Fino al giorno'],
  show: ['Show', 'Mostra'],
  csv: ['All of it as CSV', 'Tutto in CSV'],
  was: ['{0} (before: {1})', '{0} (prima: {1})'],
  forgotten: ['forgotten', 'dimenticato'],
});

type Act = Schemas['AuditAct'];
type Values = Record<string, unknown>;
const FILTERS = ['by', 'operation', 'object'] as const;

function said(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function Changes({ act }: { act: Act }) {
  const values = act.values as Values | null;
  const before = (act.before ?? {}) as Values;
  if (!values) return <>{t('forgotten')}</>;
  return (
    <ul class="bare">
      {Object.entries(values).filter(([key]) => key !== 'reason').map(([key, value]) => (
        <li><code>{key}</code>: <Foreign>{key in before ? t('was', said(value), said(before[key])) : said(value)}</Foreign></li>
      ))}
    </ul>
  );
}

function day(text: string | null): string | undefined {
  return text ? `${text}T00:00:00Z` : undefined;
}

function Filters({ query }: { query: URLSearchParams }) {
  const submit = (e: SubmitEvent) => {
    e.preventDefault();
    const given = [...new FormData(e.currentTarget as HTMLFormElement)].filter(([, v]) => v !== '') as [string, string][];
    location.hash = `#/audit?${new URLSearchParams(given)}`;
  };
  return (
    <form class="filter" onSubmit={submit} key={String(query)}>
      <label>{t('of_')}<input name="by" defaultValue={query.get('by') ?? ''} maxLength={60} /></label>
      <label>{t('operation')}<input name="operation" defaultValue={query.get('operation') ?? ''} maxLength={40} placeholder="setAccount" /></label>
      <label>{t('object')}<input name="object" defaultValue={query.get('object') ?? ''} maxLength={100} /></label>
      <label>{t('since_')}<input name="since" type="date" defaultValue={query.get('since') ?? ''} /></label>
      <label>{t('until_')}<input name="until" type="date" defaultValue={query.get('until') ?? ''} /></label>
      <button type="submit">{t('show')}</button>
    </form>
  );
}

export function Audit({ query }: { query: URLSearchParams }) {
  const [cursor, setCursor] = useState<{ of: string; at: string }>({ of: '', at: '' });
  const key = String(query);
  const values = {
    ...Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? undefined])),
    since: day(query.get('since')), until: day(query.get('until')),
  };
  const at = cursor.of === key ? cursor.at : '';
  const list = useLive((signal) => get<Schemas['AuditList']>('/audit', { ...values, limit: 50, cursor: at }, signal), `audit ${key} ${at}`);
  const given = Object.entries(values).filter(([, v]) => v) as [string, string][];
  return (
    <>
      <Filters query={query} />
      <Live from={list}>{({ items, next }) => (
        <>
          <Table title={t('trail')} rows={items} none={t('none')} columns={[
            { name: t('entry'), cell: (a) => a.seq },
            { name: t('when'), cell: (a) => <Moment at={a.at} /> },
            { name: t('who_'), cell: (a) => <Foreign>{a.by}</Foreign> },
            { name: t('from'), cell: (a) => <Foreign>{a.from ?? '–'}</Foreign> },
            { name: t('did'), cell: (a) => <code>{a.operation}</code> },
            { name: t('on'), cell: (a) => <Foreign>{a.object ?? '–'}</Foreign> },
            { name: t('reason'), cell: (a) => <Foreign>{a.reason ?? '–'}</Foreign> },
            { name: t('values'), cell: (a) => <Changes act={a} /> },
          ]} />
          <p class="row">
            {next && <button type="button" onClick={() => setCursor({ of: key, at: next })}>{t('older')}</button>}
            <a href={`/api/v1/audit?${new URLSearchParams([...given, ['format', 'csv']])}`} download="audit.csv">{t('csv')}</a>
          </p>
        </>
      )}</Live>
    </>
  );
}
