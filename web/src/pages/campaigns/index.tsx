// Campaigns: what is sent to many, and what must be true before it is.
import { useState } from 'preact/hooks';
import { get, type Schemas } from '../../api';
import { Foreign, Live, Moment, Table, useClient, useLive } from '../../parts';
import { amount } from '../../texts';
import { Edit, New } from './new';
import { One } from './one';
import { Refused } from './refused';
import { State, STATES, stateName } from './shared';
import { t } from './words';

export function Campaigns({ id, query }: { id: string; query: URLSearchParams }) {
  if (id === 'new') return <New />;
  if (id && query.get('show') === 'edit') return <Edit id={id} key={id} />;
  if (id && query.get('show') === 'refused') return <Refused id={id} rule={query.get('rule') ?? ''} verdict={query.get('verdict') ?? ''} key={id} />;
  return id ? <One id={id} key={id} /> : <All state={query.get('state') ?? ''} key={query.toString()} />;
}

function All({ state }: { state: string }) {
  const [cursor, setCursor] = useState('');
  const { portfolio, wabas } = useClient();
  const wanted = { state, cursor, limit: 50 };
  const list = useLive((signal) => get<Schemas['CampaignList']>('/campaigns', wanted, signal), JSON.stringify(wanted), ['campaign']);
  return (
    <>
      <p class="row">
        <a class="button" href="#/campaigns/new">{t('new')}</a>
        <label>{t('filter')}
          <select value={state} onChange={(e) => { location.hash = `#/campaigns?state=${e.currentTarget.value}`; }}>
            <option value="">{t('all_states')}</option>
            {STATES.filter((s) => s !== 'loading').map((s) => <option value={s}>{stateName(s)}</option>)}
          </select>
        </label>
      </p>
      <Live from={list}>{({ items, next }) => (
        <>
          <Table title={t('campaigns')} rows={items.filter((c) => !portfolio || wabas.includes(c.waba))} none={t('none_yet')} columns={[
            { name: t('name'), cell: (c) => <a href={`#/campaigns/${c.id}`}><Foreign>{c.name}</Foreign></a> },
            { name: t('state'), cell: (c) => <State of={c.state} /> },
            { name: t('template'), cell: (c) => <Foreign>{c.templates.map((x) => x.name).join(', ')}</Foreign> },
            { name: t('audience'), cell: (c) => amount(c.audience) },
            { name: t('number'), cell: (c) => <Foreign>{c.number}</Foreign> },
            { name: t('author'), cell: (c) => <Foreign>{c.by}</Foreign> },
            { name: t('made'), cell: (c) => <Moment at={c.at} /> },
          ]} />
          {next && <button type="button" onClick={() => setCursor(next)}>{t('older')}</button>}
        </>
      )}</Live>
    </>
  );
}
