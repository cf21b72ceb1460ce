// Tables of consents: looked at before anything is recorded, told row by row, and taken back as a whole.
import { useState } from 'preact/hooks';
import { get, type Schemas } from '../api';
import { Foreign, Live, Moment, Table, useLive } from '../parts';
import type { Place } from '../place';
import { amount, words } from '../texts';
import { Value } from '../values';
import { One } from './imports/one';
import { Upload } from './imports/upload';

const t = words({
  list: ['Imports so far', 'Importazioni fatte'],
  none: ['Nothing was imported yet.', 'Non è stato ancora importato nulla.'],
  name: ['Name', 'Nome'],
  rows: ['Rows', 'Righe'],
  taken: ['Taken', 'Prese'],
  not_taken: ['Not taken', 'Non prese'],
  dry: ['Tried only', 'Solo provata'],
  yes: ['yes', 'sì'],
  no: ['no', 'no'],
});

export function Imports({ id }: Place) {
  return id ? <One id={id} key={id} /> : <All />;
}

function All() {
  const [cursor, setCursor] = useState('');
  const list = useLive((signal) => get<Schemas['ImportList']>('/imports', { limit: 50, cursor }, signal), `imports${cursor}`, ['import']);
  return (
    <>
      <Upload />
      <Live from={list}>{({ items, next }) => (
        <>
          <Table title={t('list')} rows={items} none={t('none')} columns={[
            { name: t('when'), cell: (i) => <a href={`#/imports/${i.id}`}><Moment at={i.at} /></a>, sort: (i) => i.at },
            { name: t('name'), cell: (i) => <Foreign>{i.name ?? '–'}</Foreign>, sort: (i) => i.name },
            { name: t('state'), cell: (i) => <Value of={i.state} />, sort: (i) => i.state },
            { name: t('dry'), cell: (i) => t(i.dry_run ? 'yes' : 'no') },
            { name: t('rows'), cell: (i) => amount(i.total), sort: (i) => i.total },
            { name: t('taken'), cell: (i) => amount(i.accepted), sort: (i) => i.accepted },
            { name: t('not_taken'), cell: (i) => amount(i.rejected), sort: (i) => i.rejected },
            { name: t('by'), cell: (i) => <Foreign>{i.by}</Foreign>, sort: (i) => i.by },
          ]} />
          {next && <button type="button" onClick={() => setCursor(next)}>{t('older')}</button>}
        </>
      )}</Live>
    </>
  );
}
