// What became of the rows of a table.
import type { Schemas } from '../../api';
import { Facts, Foreign, Table } from '../../parts';
import { amount, words } from '../../texts';
import { Value } from '../../values';

const t = words({
  total: ['Rows', 'Righe'],
  taken: ['Taken', 'Prese'],
  known: ['Of these, on record already', 'Di queste, già registrate'],
  not_taken: ['Not taken', 'Non prese'],
  opt_outs: ['Of these, would have overruled a withdrawal', 'Di queste, avrebbero scavalcato una revoca'],
  opt_outs_why: [
    'Withdrawals stay: {0} rows wanted to overrule one and were left out.',
    'Le revoche restano: {0} righe volevano scavalcarne una e sono state escluse.'],
  undone: ['Acts taken back', 'Atti annullati'],
  kept: ['Left, because people acted since', 'Lasciati, perché nel frattempo le persone hanno agito'],
  form: ['Form', 'Formato'],
  digest: ['SHA-256 of the file', 'SHA-256 del file'],
  rows: ['Rows that were not taken', 'Righe non prese'],
  all_taken: ['Every row was taken.', 'Tutte le righe sono state prese.'],
  row: ['Row', 'Riga'],
  column: ['Column', 'Colonna'],
  whole_row: ['the whole row', 'tutta la riga'],
  value: ['Value', 'Valore'],
  reason: ['Why', 'Perché'],
  fix: ['What to do', 'Che cosa fare'],
  meant: ['Perhaps meant', 'Forse si intendeva'],
  first_only: ['These are the first {0}; the file has all of them.', 'Questi sono i primi {0}; nel file ci sono tutti.'],
  as_spreadsheet: ['Rows are counted as a spreadsheet does: the header is row 1.', 'Le righe sono contate come in un foglio di calcolo: l’intestazione è la riga 1.'],
});

type Import = Schemas['Import'];

export function Report({ of }: { of: Import }) {
  return (
    <>
      <Facts rows={[
        [t('state'), <Value of={of.state} />],
        [t('total'), amount(of.total)],
        [t('taken'), amount(of.accepted)],
        [t('known'), amount(of.known)],
        [t('not_taken'), amount(of.rejected)],
        [t('opt_outs'), amount(of.opt_outs_kept)],
        ...(of.undone_at ? [[t('undone'), amount(of.undone)] as const, [t('kept'), amount(of.kept)] as const] : []),
        [t('form'), of.form],
        [t('digest'), <code>{of.sha256.slice(0, 16)}…</code>],
      ]} />
      {of.opt_outs_kept > 0 && <p class="note">{t('opt_outs_why', amount(of.opt_outs_kept))}</p>}
      <Table title={t('rows')} rows={of.report} none={t('all_taken')} columns={[
        { name: t('row'), cell: (p) => p.row, sort: (p) => p.row },
        { name: t('column'), cell: (p) => <Foreign>{p.column ?? t('whole_row')}</Foreign>, sort: (p) => p.column },
        { name: t('value'), cell: (p) => <Foreign>{p.value}</Foreign> },
        { name: t('reason'), cell: (p) => <Foreign>{p.reason}</Foreign>, sort: (p) => p.reason },
        { name: t('fix'), cell: (p) => <Foreign>{p.fix}</Foreign> },
        { name: t('meant'), cell: (p) => <Foreign>{p.suggestion ?? '–'}</Foreign> },
      ]} />
      {of.report.length > 0 && <p class="source">{t('as_spreadsheet')} {of.report.length < of.rejected && t('first_only', of.report.length)}</p>}
    </>
  );
}
