// Opt-outs that are not certain: what people wrote that may be one, and those of an error code that came in a burst. While one
// is held, marketing to the person is refused; a person looks and says whether it was one.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../api';
import { Act, Dialog, Field, Foreign, Live, mayAll, mayDo, mayIf, Moment, OfClient, Table, toast, toastError, useClient, useLive } from '../parts';
import { words } from '../texts';

const t = words({
  lead: [
    'Marketing to these people waits until somebody has looked. Take it for an opt-out when they want no more messages; let it go when they meant something else.',
    'Il marketing verso queste persone aspetta che qualcuno guardi. Considerala una revoca se non vogliono più messaggi; lasciala andare se intendevano altro.'],
  none_held: ['No opt-out waits for you.', 'Nessuna revoca ti aspetta.'],
  wrote: ['What they wrote', 'Che cosa hanno scritto'],
  code: ['error {0} of Meta', 'errore {0} di Meta'],
  who: ['Person', 'Persona'],
  confirm: ['It is an opt-out', 'È una revoca'],
  release: ['It is none', 'Non lo è'],
  confirm_title: ['Take this for an opt-out', 'Considerare questa una revoca'],
  release_title: ['Let this go', 'Lasciare andare questa'],
  reason: ['Why, for the record', 'Perché, per il registro'],
  needs_reason: ['Say why.', 'Scrivi perché.'],
  done: ['It is on record.', 'È a registro.'],
  settled: ['Settled before', 'Già decise'],
  none_settled: ['Nothing was settled yet.', 'Nessuna è stata ancora decisa.'],
  as: ['As', 'Come'],
  confirmed: ['an opt-out', 'revoca'],
  released: ['none', 'nessuna revoca'],
});

type Stop = Schemas['Stop'];
type Deed = 'confirm' | 'release';

function whatOf(s: Stop): string {
  return s.words ?? (s.code === null ? '–' : t('code', s.code));
}

function Settle({ of, deed, close }: { of: Stop | undefined; deed: Deed; close: () => void }) {
  const [reason, setReason] = useState('');
  const go = () => void post(`/stops/${deed}`, { id: of!.id, reason: reason.trim() }).then(
    () => { toast(t('done')); setReason(''); close(); }, toastError);
  const may = mayAll(mayDo(deed === 'confirm' ? 'confirmStops' : 'releaseStops'), mayIf(reason.trim() !== '', t('needs_reason')));
  return (
    <Dialog title={t(deed === 'confirm' ? 'confirm_title' : 'release_title')} open={of !== undefined} onClose={close}>
      <p><Foreign>{of ? whatOf(of) : ''}</Foreign></p>
      <Field label={t('reason')}><input maxLength={200} value={reason} onInput={(e) => setReason(e.currentTarget.value)} /></Field>
      <p class="row"><Act may={may} onDo={go}>{t(deed)}</Act></p>
    </Dialog>
  );
}

async function look(portfolio: string, signal: AbortSignal): Promise<{ held: Stop[]; ended: Stop[] }> {
  const [held, all] = await Promise.all([
    get<Schemas['StopList']>('/stops', { state: 'held', portfolio, limit: 100 }, signal),
    get<Schemas['StopList']>('/stops', { portfolio, limit: 50 }, signal),
  ]);
  return { held: held.items, ended: all.items.filter((s) => s.ended_at !== null) };
}

export function Stops() {
  const { portfolio } = useClient();
  const list = useLive((signal) => look(portfolio, signal), `stops ${portfolio}`, ['alarm', 'number']);
  const [open, setOpen] = useState<{ of?: Stop; deed: Deed }>({ deed: 'confirm' });
  const person = (s: Stop) => <a href={`#/people/${s.person}`}><Foreign>{s.phone ?? s.person}</Foreign></a>;
  const button = (of: Stop, deed: Deed) =>
    <Act may={mayDo(deed === 'confirm' ? 'confirmStops' : 'releaseStops')} onDo={() => setOpen({ of, deed })}>{t(deed)}</Act>;
  return (
    <>
      <p>{t('lead')}</p>
      <OfClient />
      <Live from={list}>{({ held, ended }) => (
        <>
          <Table title={t('waiting')} rows={held} none={t('none_held')} columns={[
            { name: t('when'), cell: (s) => <Moment at={s.at} />, sort: (s) => s.at },
            { name: t('who'), cell: person },
            { name: t('wrote'), cell: (s) => <Foreign>{whatOf(s)}</Foreign> },
            { name: t('confirm'), cell: (s) => button(s, 'confirm') },
            { name: t('release'), cell: (s) => button(s, 'release') },
          ]} />
          <Table title={t('settled')} rows={ended} none={t('none_settled')} columns={[
            { name: t('when'), cell: (s) => <Moment at={s.ended_at!} />, sort: (s) => s.ended_at! },
            { name: t('who'), cell: person },
            { name: t('wrote'), cell: (s) => <Foreign>{whatOf(s)}</Foreign> },
            { name: t('as'), cell: (s) => t(s.state === 'confirmed' ? 'confirmed' : 'released') },
          ]} />
        </>
      )}</Live>
      <Settle of={open.of} deed={open.deed} close={() => { setOpen({ deed: open.deed }); list.again(); }} />
    </>
  );
}
