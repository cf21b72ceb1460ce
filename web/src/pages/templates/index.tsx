// Templates: what Meta lets be sent, and what Meta thinks of it.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Foreign, Live, Moment, Table, useClient, useLive, Word } from '../../parts';
import { time } from '../../texts';
import { Deed, Said, useDeed } from '../campaigns/shared';
import { Findings, type Linted } from './lint';
import { One } from './one';
import { link } from './link';
import { ago, t } from './words';
import { Write } from './write';

type Template = Schemas['Template'];

export function Templates({ id, rest, query }: { id: string; rest: readonly string[]; query: URLSearchParams }) {
  if (id === 'new') return <Write />;
  const [waba, name, language] = [id, ...rest];
  return waba && name && language ? <One waba={waba} name={name} language={language} key={[id, ...rest].join('/')} />
    : <All status={query.get('status') ?? ''} name={query.get('name') ?? ''} key={query.toString()} />;
}

export function Pause({ of }: { of: Template }) {
  if (of.paused_until) return <Moment at={of.paused_until} />;
  return <>{t(of.status === 'PAUSED' ? 'open_end' : 'not_paused')}</>;
}

function All({ status, name }: { status: string; name: string }) {
  const [cursor, setCursor] = useState('');
  const { portfolio, wabas } = useClient();
  const fits = (x: { waba: string }) => !portfolio || wabas.includes(x.waba);
  const wanted = { status, cursor, limit: name ? 1000 : 100 };
  const both = useLive(async (signal) => ({
    list: await get<Schemas['TemplateList']>('/templates', wanted, signal),
    accounts: (await get<Schemas['AccountList']>('/accounts', { limit: 1000 }, signal)).items,
  }), JSON.stringify(wanted), ['template']);
  return (
    <Live from={both}>{({ list, accounts }) => (
      <>
        <p class="row">
          <a class="button" href="#/templates/new">{t('add')}</a>
          <label>{t('status')}
            <select value={status} onChange={(e) => { location.hash = `#/templates?status=${e.currentTarget.value}`; }}>
              <option value="">{t('all_statuses')}</option>
              {['APPROVED', 'PENDING', 'PAUSED', 'REJECTED', 'DISABLED'].map((s) => <option value={s}>{s}</option>)}
            </select>
          </label>
        </p>
        {!accounts.length && <p>{t('no_accounts')}</p>}
        {accounts.filter(fits).map((a) => <Account of={a} again={both.again} />)}
        <Table title={t('templates')} rows={list.items.filter((x) => fits(x) && x.name.includes(name))} none={t('none_yet')} columns={[
          { name: t('template'), cell: (x) => <a href={link(x)}><Foreign>{x.name}</Foreign></a> },
          { name: t('language'), cell: (x) => <Foreign>{x.language}</Foreign> },
          { name: t('status'), cell: (x) => <Word>{x.status}</Word> },
          { name: t('quality'), cell: (x) => <Word>{x.quality}</Word> },
          { name: t('our_category'), cell: (x) => <Foreign>{x.category ?? '–'}</Foreign> },
          { name: t('meta_category'), cell: (x) => (x.correct_category && x.correct_category !== x.category
            ? <span class="word bad"><Foreign>{x.correct_category}</Foreign></span> : t('same')) },
          { name: t('paused_until'), cell: (x) => <Pause of={x} /> },
          { name: t('account'), cell: (x) => <Foreign>{x.waba}</Foreign> },
        ]} />
        {list.next && <button type="button" onClick={() => setCursor(list.next!)}>{t('older')}</button>}
      </>
    )}</Live>
  );
}

// When the account's templates were read, and the two things to do with all of them.
function Account({ of, again }: { of: Schemas['Account']; again: () => void }) {
  const deed = useDeed();
  const [found, setFound] = useState<Linted[]>();
  const name = `${of.name} (${of.waba})`;
  const sync = () => deed.run(async () => {
    const s = await post<Schemas['Sync']>('/templates/sync', { waba: of.waba });
    again();
    return t('synced', s.read, s.created, s.problems.length, s.missing.length);
  });
  const lint = () => deed.run(async () => {
    const all = await post<Schemas['Lint']>('/templates/lint', { waba: of.waba });
    setFound(all.items.filter((x) => x.problems.length > 0));
    return t('found', all.errors, all.warnings, all.notes);
  });
  return (
    <section class="card">
      <p>
        <Foreign>{of.templates_at ? t('last_sync', name, ago(of.templates_at)) : t('never_synced', name)}</Foreign>
        {of.templates_at && <> <small class="source">({time(of.templates_at)})</small></>}
      </p>
      <p class="row">
        <Deed roles={['author']} name={deed.busy ? t('syncing') : t('sync_now')} run={sync} />
        <Deed name={t('lint_all', of.name)} run={lint} />
      </p>
      <Said of={deed} />
      {found?.map((x) => <Findings of={x} />)}
    </section>
  );
}
