// The signed ledger: how large it is, what the newest checkpoint signs, when it was checked, and proofs to take along.
import { get, keep, post, type Schemas } from '../api';
import { Ask, Back, Copied, Field, Fold, useDeed, useOnce, type Given } from '../deeds';
import { Facts, Foreign, Live, Moment, Table, useLive, Word, mayDo } from '../parts';
import { amount, words } from '../texts';

const t = words({
  size: ['Entries', 'Voci'],
  covered: ['Under the newest checkpoint', 'Sotto l’ultimo sigillo'],
  signed: ['Signed', 'Firmato'],
  checked: ['Last check', 'Ultima verifica'],
  sound: ['The ledger was sound when it was last checked, {0}.', 'All’ultima verifica, {0}, il registro era integro.'],
  unsound: ['The ledger is not what it was.', 'Il registro non è più quello che era.'],
  never: ['It was never checked here.', 'Qui non è mai stato verificato.'],
  ago_now: ['less than an hour ago', 'meno di un’ora fa'],
  ago_hours: ['{0} h ago', '{0} h fa'],
  ago_days: ['{0} days ago', '{0} giorni fa'],
  old: ['That is more than a day ago: check it again.', 'È passato più di un giorno: verificalo di nuovo.'],
  behind: ['{0} entries came since and are under no checkpoint yet.', 'Da allora sono arrivate {0} voci, non ancora sotto un sigillo.'],
  checked_entries: ['{0} entries and {1} checkpoints were read again.', 'Sono state rilette {0} voci e {1} sigilli.'],
  check: ['Check it now', 'Verificalo ora'],
  check_done: ['Everything was read again.', 'Tutto è stato riletto.'],
  sign: ['Sign it now', 'Firmalo ora'],
  sign_done: ['The newest checkpoint signs {0} entries.', 'L’ultimo sigillo firma {0} voci.'],
  checkpoint: ['The newest checkpoint', 'L’ultimo sigillo'],
  checkpoint_says: ['A signed note. Keep some elsewhere: whoever has an old one can tell whether the ledger was changed since.', 'Una nota firmata. Conservane altrove: chi ne ha una vecchia può dire se il registro è stato cambiato da allora.'],
  no_checkpoint: ['There is no checkpoint yet.', 'Non c’è ancora nessun sigillo.'],
  save_checkpoint: ['Download it', 'Scaricalo'],
  key: ['Public key', 'Chiave pubblica'],
  check_say: [
    'This check is the gateway’s own. To believe nobody, check it without Varco: varco ledger export, then tools/ledger_verify.py, with a key and checkpoints that were kept elsewhere.',
    'Questa verifica è del gateway stesso. Per non fidarti di nessuno, verificalo senza Varco: varco ledger export, poi tools/ledger_verify.py, con una chiave e sigilli conservati altrove.'],
  proof: ['Prove an entry', 'Prova una voce'],
  proof_says: ['That it is in the ledger that the newest checkpoint signs. The file can be checked without Varco.', 'Che sta nel registro firmato dall’ultimo sigillo. Il file si può verificare senza Varco.'],
  proof_entry: ['Number of the entry, or id of a decision', 'Numero della voce, o id di una decisione'],
  proof_do: ['Download the proof', 'Scarica la prova'],
  history: ['Prove that it only grew', 'Prova che è solo cresciuto'],
  history_says: [
    'That the ledger began with the entries of an older checkpoint: its size stands in its second line.',
    'Che il registro cominciava con le voci di un sigillo più vecchio: la sua dimensione è nella seconda riga.'],
  history_size: ['Size of the older checkpoint', 'Dimensione del sigillo più vecchio'],
  history_do: ['Download the consistency proof', 'Scarica la prova di coerenza'],
  saved: ['Saved as {0}.', 'Salvato come {0}.'],
  newest: ['Newest entries', 'Voci più recenti'],
  none: ['The ledger is empty.', 'Il registro è vuoto.'],
  entry: ['Entry', 'Voce'],
  type: ['Kind', 'Tipo'],
  record: ['Stands for', 'Si riferisce a'],
  commitment: ['Commitment', 'Impegno'],
  content: ['Content', 'Contenuto'],
  forgotten: ['Its content was erased; the entry still proves that something was there.', 'Il contenuto è stato cancellato; la voce prova ancora che c’era qualcosa.'],
  path_says: ['{0} hashes lead from it to the root that the checkpoint signs.', '{0} impronte portano da qui alla radice firmata dal sigillo.'],
});

const JSON_TYPE = 'application/json';

function ago(at: string): string {
  const hours = Math.floor((Date.now() - Date.parse(at)) / 3_600_000);
  return hours < 1 ? t('ago_now') : hours < 48 ? t('ago_hours', hours) : t('ago_days', Math.floor(hours / 24));
}

const isOld = (at: string) => Date.now() - Date.parse(at) > 26 * 3_600_000;

export function Ledger({ id }: { id: string }) {
  return id ? <Entry id={id} key={id} /> : <State />;
}

function Verdict({ of }: { of: Schemas['Ledger'] }) {
  const c = of.checked;
  if (!c) return <p class="verdict">{t('never')}</p>;
  if (!c.sound) return <div role="alert" class="card"><p class="verdict bad">{t('unsound')}</p><p><Foreign>{c.message}</Foreign></p></div>;
  return (
    <>
      <p class="verdict">{t('sound', ago(c.at))}</p>
      <p>{t('checked_entries', amount(c.entries), amount(c.checkpoints))} {isOld(c.at) && t('old')}</p>
    </>
  );
}

function Checkpoint({ of }: { of: Schemas['Checkpoint'] }) {
  const note = of.checkpoint ?? '';
  return (
    <section class="card">
      <h2>{t('checkpoint')}</h2>
      <p>{t('checkpoint_says')}</p>
      <pre tabIndex={0}><Foreign>{note}</Foreign></pre>
      <p class="row">
        <button type="button" onClick={() => keep(`checkpoint-${of.size}.txt`, new Blob([note], { type: 'text/plain' }))}>{t('save_checkpoint')}</button>
        <Copied text={note} label={t('checkpoint')} />
      </p>
      <p>{t('key')}: <code><Foreign>{of.key}</Foreign></code> <Copied text={of.key} label={t('key')} /></p>
    </section>
  );
}

function State() {
  const reads = mayDo('tailLedger');
  const both = useLive(async (signal) => ({
    state: await get<Schemas['Ledger']>('/ledger/state', {}, signal),
    newest: reads.may ? (await get<Schemas['EntryList']>('/ledger', { limit: 25 }, signal)).items : [],
  }), 'ledger');
  const check = useDeed(), sign = useDeed(), proof = useDeed(), history = useDeed();
  const prove = (name: string, entry: string, since?: string) => async () => {
    const doc = await get<Schemas['Proof']>(`/ledger/proof/${encodeURIComponent(entry)}`, { since });
    keep(name, new Blob([JSON.stringify(doc, null, 1)], { type: JSON_TYPE }));
    return t('saved', name);
  };
  return (
    <Live from={both}>{({ state, newest }) => (
      <>
        <Verdict of={state} />
        <Facts rows={[
          [t('size'), amount(state.size)],
          [t('covered'), state.checkpoint ? amount(state.checkpoint.size) : '–'],
          [t('signed'), state.checkpoint?.at ? <Moment at={state.checkpoint.at} /> : '–'],
          [t('checked'), state.checked ? <Moment at={state.checked.at} /> : '–'],
        ]} />
        {state.checkpoint && state.size > state.checkpoint.size && <p class="source">{t('behind', amount(state.size - state.checkpoint.size))}</p>}
        <div class="row">
          <Ask deed={check} may={mayDo('checkLedger')} button={t('check')} run={async () => { await post('/ledger/check'); both.again(); return t('check_done'); }} />
          <Ask deed={sign} may={mayDo('makeCheckpoint')} button={t('sign')} run={async () => {
            const { size } = await post<Schemas['Checkpoint']>('/ledger/checkpoint');
            both.again();
            return t('sign_done', amount(size));
          }} />
        </div>
        <p class="source">{t('check_say')}</p>
        {state.checkpoint ? <Checkpoint of={state.checkpoint} /> : <p>{t('no_checkpoint')}</p>}
        <Fold title={t('proof')}>
          <p>{t('proof_says')}</p>
          <Ask deed={proof} may={mayDo('proveEntry')} button={t('proof_do')} run={({ entry = '' }: Given) => prove(`proof-${entry.replace(/\W/g, '')}.json`, entry)()}>
            <Field name="entry" label={t('proof_entry')} required />
          </Ask>
        </Fold>
        <Fold title={t('history')}>
          <p>{t('history_says')}</p>
          <Ask deed={history} may={mayDo('proveEntry')} button={t('history_do')}
            run={({ since = '' }: Given) => prove(`consistency-${since}.json`, String(state.checkpoint?.size ?? 1), since)()}>
            <Field name="since" type="number" label={t('history_size')} required />
          </Ask>
        </Fold>
        <Table title={t('newest')} rows={[...newest].reverse()} none={reads.why || t('none')} columns={[
          { name: t('entry'), cell: (e) => <a href={`#/ledger/${e.seq}`}>{amount(e.seq)}</a> },
          { name: t('when'), cell: (e) => <Moment at={e.at} /> },
          { name: t('type'), cell: (e) => <Word>{e.type}</Word> },
          { name: t('record'), cell: (e) => (e.record?.startsWith('dec_') ? <a href={`#/decisions/${e.record}`}>{e.record}</a> : <Foreign>{e.record ?? '–'}</Foreign>) },
          { name: t('policy'), cell: (e) => <Foreign>{e.policy}</Foreign> },
        ]} />
      </>
    )}</Live>
  );
}

function pretty(content: string): string {
  try {
    return JSON.stringify(JSON.parse(content), null, 1);
  } catch {
    return content;
  }
}

function Entry({ id }: { id: string }) {
  const one = useOnce(() => get<Schemas['Proof']>(`/ledger/proof/${encodeURIComponent(id)}`), id);
  return (
    <>
      <Back to="#/ledger" />
      <Live from={one}>{(p) => (
        <>
          <h2>{t('entry')} {amount(p.seq)}</h2>
          <Facts rows={[
            [t('when'), <Moment at={p.at} />],
            [t('type'), <Word>{p.type}</Word>],
            [t('record'), <Foreign>{p.record ?? '–'}</Foreign>],
            [t('policy'), <Foreign>{p.policy}</Foreign>],
            [t('commitment'), <code>{p.commitment ?? '–'}</code>],
          ]} />
          <h2>{t('content')}</h2>
          {p.content ? <pre tabIndex={0}><Foreign>{pretty(p.content)}</Foreign></pre> : <p>{t('forgotten')}</p>}
          <p>{t('path_says', amount(p.path.length))}</p>
          <button type="button" onClick={() => keep(`proof-${p.seq}.json`, new Blob([JSON.stringify(p, null, 1)], { type: JSON_TYPE }))}>{t('proof_do')}</button>
        </>
      )}</Live>
    </>
  );
}
