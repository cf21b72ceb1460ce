// One import: what it took and what it did not, as a file too; and the way back.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api';
import { Act, Dialog, Foreign, Live, mayAll, mayAs, mayIf, Moment, toast, toastError, useLive } from '../../parts';
import { amount, words } from '../../texts';
import { fetchFile } from '../../transfer';
import { Report } from './report';

const t = words({
  all: ['All imports', 'Tutte le importazioni'],
  save: ['All rows that were not taken, as CSV', 'Tutte le righe non prese, in CSV'],
  none_rejected: ['Every row was taken.', 'Tutte le righe sono state prese.'],
  undo: ['Undo this import', 'Annulla questa importazione'],
  undo_text: [
    'What counted before the import counts again for the {0} rows that it recorded. What people did since stays as it is; nothing is deleted, and the ledger has both.',
    'Per le {0} righe registrate torna a valere ciò che valeva prima. Ciò che le persone hanno fatto nel frattempo resta; nulla viene cancellato, e il registro riporta entrambe le cose.'],
  undo_now: ['Undo now', 'Annulla ora'],
  undone: ['The import is undone: {0} acts were taken back, {1} left as they were.', 'L’importazione è annullata: {0} atti ritirati, {1} lasciati com’erano.'],
  only_tried: ['It was only tried: there is nothing to undo.', 'È stata solo provata: non c’è nulla da annullare.'],
  already: ['It is undone already.', 'È già annullata.'],
  not_over: ['It is still running.', 'È ancora in corso.'],
});

type Import = Schemas['Import'];

function mayUndo(i: Import) {
  return mayAll(mayAs('compliance', 'author'), mayIf(!i.dry_run, t('only_tried')), mayIf(!/^undo|^undone/.test(i.state), t('already')),
    mayIf(i.state !== 'running', t('not_over')));
}

function Shown({ of, again }: { of: Import; again: () => void }) {
  const [asking, setAsking] = useState(false);
  const undo = async () => {
    setAsking(false);
    try {
      const done = await post<Import>(`/imports/${encodeURIComponent(of.id)}/undo`);
      toast(t('undone', amount(done.undone), amount(done.kept)));
      again();
    } catch (e) {
      toastError(e);
    }
  };
  return (
    <>
      <h2><Foreign>{of.name ?? of.id}</Foreign></h2>
      <p><Moment at={of.at} /> · <Foreign>{of.by}</Foreign></p>
      <p class="row">
        <Act may={mayUndo(of)} onDo={() => setAsking(true)}>{t('undo')}</Act>
        <Act may={of.rejected > 0} why={t('none_rejected')}
          onDo={() => void fetchFile(`${of.id}.csv`, `/imports/${encodeURIComponent(of.id)}/report`).catch(toastError)}>{t('save')}</Act>
      </p>
      <Report of={of} />
      <Dialog title={t('undo')} open={asking} onClose={() => setAsking(false)}>
        <p>{t('undo_text', amount(of.accepted - of.known))}</p>
        <Act may={mayUndo(of)} onDo={() => void undo()}>{t('undo_now')}</Act>
      </Dialog>
    </>
  );
}

export function One({ id }: { id: string }) {
  const one = useLive((signal) => get<Import>(`/imports/${encodeURIComponent(id)}`, {}, signal), id, ['import']);
  return (
    <>
      <p><a href="#/imports">{t('all')}</a></p>
      <Live from={one}>{(of) => <Shown of={of} again={one.again} />}</Live>
    </>
  );
}
