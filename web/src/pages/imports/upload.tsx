// A table of consents goes in: first it is only tried, and nothing is recorded before somebody saw what would happen.
import { useState } from 'preact/hooks';
import type { Schemas } from '../../api';
import { Act, Field, Foreign, mayAll, mayAs, mayIf, Table, toastError } from '../../parts';
import { amount, words } from '../../texts';
import { goAndSay, sendTable } from '../../transfer';
import { COLUMNS, guess, readHeader, withNames, type Header } from './header';
import { Report } from './report';

const t = words({
  title: ['Import consents', 'Importa consensi'],
  file: ['A table: CSV or Excel (.xlsx)', 'Una tabella: CSV o Excel (.xlsx)'],
  file_hint: [
    'One row an act. Withdrawals on record are never overruled; the whole import can be undone.',
    'Una riga per atto. Le revoche registrate non vengono mai scavalcate; tutta l’importazione si può annullare.'],
  name: ['What to call it', 'Come chiamarla'],
  columns: ['Columns of the table', 'Colonne della tabella'],
  in_table: ['In the table', 'Nella tabella'],
  taken_as: ['Taken as', 'Presa come'],
  own: ['kept as a further column', 'conservata come colonna ulteriore'],
  not_shown: ['The columns of this file are read by the gateway.', 'Le colonne di questo file vengono lette dal gateway.'],
  missing: ['A column for the phone number, or the user id, is missing.', 'Manca una colonna per il numero di telefono, o per l’id utente.'],
  twice: ['Two columns are taken as {0}.', 'Due colonne sono prese come {0}.'],
  try: ['1. Try it', '1. Prova'],
  record: ['2. Record {0} rows', '2. Registra {0} righe'],
  record_one: ['2. Record 1 row', '2. Registra 1 riga'],
  nothing: ['No row would be taken.', 'Nessuna riga verrebbe presa.'],
  choose: ['Choose a file first.', 'Scegli prima un file.'],
  first: ['Try it first: nothing is recorded before you saw what would happen.', 'Prima provala: non si registra nulla prima che tu abbia visto che cosa accadrebbe.'],
  busy: ['Being read …', 'Lettura in corso …'],
  would: ['What would happen', 'Che cosa accadrebbe'],
  tried: ['Nothing was recorded yet.', 'Non è stato ancora registrato nulla.'],
  done: ['{0} rows were recorded; the import can be undone.', '{0} righe registrate; l’importazione si può annullare.'],
});

type Import = Schemas['Import'];

function Mapping({ header, names, onName }: { header: Header; names: readonly string[]; onName: (i: number, name: string) => void }) {
  const rows = header.names.map((name, i) => ({ name, i }));
  return (
    <Table title={t('columns')} rows={rows} none="" columns={[
      { name: t('in_table'), cell: (r) => <Foreign>{r.name || '–'}</Foreign> },
      { name: t('taken_as'), cell: (r) => (
        <select aria-label={`${t('taken_as')}: ${r.name}`} value={names[r.i]} onChange={(e) => onName(r.i, e.currentTarget.value)}>
          <option value="">{t('own')}</option>
          {COLUMNS.map((c) => <option value={c}>{c}</option>)}
        </select>
      ) },
    ]} />
  );
}

function complaint(header: Header | undefined, names: readonly string[]): string {
  if (!header) return '';
  if (!names.includes('phone') && !names.includes('bsuid')) return t('missing');
  const twice = names.find((n, i) => n && names.indexOf(n) !== i);
  return twice ? t('twice', twice) : '';
}

export function Upload() {
  const [file, setFile] = useState<File>();
  const [header, setHeader] = useState<Header>();
  const [names, setNames] = useState<string[]>([]);
  const [name, setName] = useState('');
  const [tried, setTried] = useState<Import>();
  const [busy, setBusy] = useState(false);
  const wrong = complaint(header, names);
  const ready = mayAll(mayAs('compliance', 'author'), mayIf(!busy, t('busy')), mayIf(!!file, t('choose')), mayIf(!wrong, wrong));

  const choose = async (chosen: File | undefined) => {
    setTried(undefined);
    const found = chosen && !/\.xlsx$/i.test(chosen.name) ? await readHeader(chosen) : undefined;
    setHeader(found);
    setNames(found?.names.map(guess) ?? []);
    setName(chosen?.name.replace(/\.\w+$/, '') ?? '');
    setFile(chosen);
  };
  const send = async (dry: boolean) => {
    setBusy(true);
    const body = header ? withNames(file!, header, header.names.map((n, i) => names[i] || n)) : file!;
    try {
      const done = await sendTable<Import>('/consents/import', body, { ...(name.trim() && { name: name.trim() }), ...(dry && { dry_run: 'true' }) });
      if (dry) setTried(done);
      else goAndSay(`#/imports/${done.id}`, t('done', amount(done.accepted)));
    } catch (e) {
      toastError(e);
    }
    setBusy(false);
  };

  return (
    <section class="card">
      <h2>{t('title')}</h2>
      <Field label={t('file')} hint={t('file_hint')}>
        <input type="file" accept=".csv,.txt,.xlsx" onChange={(e) => void choose(e.currentTarget.files?.[0])} />
      </Field>
      {file && <Field label={t('name')}><input maxLength={100} value={name} onInput={(e) => setName(e.currentTarget.value)} /></Field>}
      {file && !header && <p>{t('not_shown')}</p>}
      {header && <Mapping header={header} names={names} onName={(i, n) => { setNames(names.map((x, k) => (k === i ? n : x))); setTried(undefined); }} />}
      <p class="row">
        <Act may={ready} onDo={() => void send(true)}>{t('try')}</Act>
        <Act may={mayAll(ready, mayIf(!!tried, t('first')), mayIf(!!tried?.accepted, t('nothing')))} onDo={() => void send(false)}>
          {tried?.accepted === 1 ? t('record_one') : t('record', amount(tried?.accepted ?? 0))}
        </Act>
      </p>
      {tried && <section role="status"><h3>{t('would')}</h3><p class="note">{t('tried')}</p><Report of={tried} /></section>}
    </section>
  );
}
