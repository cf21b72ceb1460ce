// What is done about one person: record, withdraw, forget. Each goes on the ledger; forgetting is asked twice.
import { useState } from 'preact/hooks';
import { post, type Schemas } from '../../api';
import { Act, Dialog, Field, mayAll, mayAs, mayIf, toast, toastError } from '../../parts';
import { words } from '../../texts';
import { goAndSay } from '../../transfer';
import { valueText } from '../../values';

const t = words({
  record: ['Record a consent', 'Registra un consenso'],
  withdraw: ['Record a withdrawal', 'Registra una revoca'],
  erase: ['Erase this person', 'Cancella questa persona'],
  for_what: ['For', 'Per'],
  proof: ['What proves it', 'Che cosa lo prova'],
  wording: ['The words that the person agreed to', 'Le parole a cui la persona ha acconsentito'],
  said: ['What the person said', 'Che cosa ha detto la persona'],
  where: ['Where (page, shop, call)', 'Dove (pagina, negozio, telefonata)'],
  when_given: ['When; empty for now', 'Quando; vuoto per adesso'],
  phone: ['Phone number', 'Numero di telefono'],
  needs_source: ['Say where it was given.', 'Scrivi dove è stato dato.'],
  needs_phone: ['Write the phone number.', 'Scrivi il numero di telefono.'],
  recorded: ['The consent is recorded and counts from now on.', 'Il consenso è registrato e vale da subito.'],
  withdrawn: ['The withdrawal is recorded: from now on nothing of that leaves.', 'La revoca è registrata: da ora non parte più nulla di quel tipo.'],
  withdraw_effect: [
    'It counts at once, for messages that wait too. Only an act of the person brings consent back.',
    'Vale subito, anche per i messaggi in attesa. Solo un atto della persona ripristina il consenso.'],
  go: ['Record', 'Registra'],
  why_erase: ['Why, in words that name nobody: they stay on the ledger', 'Perché, senza nominare nessuno: resta nel registro'],
  erase_effect: [
    'Consents, messages and numbers of this person are destroyed for good. The number stays blocked, as a pseudonym; the ledger still verifies. This cannot be undone.',
    'Consensi, messaggi e numeri di questa persona vengono distrutti per sempre. Il numero resta bloccato, come pseudonimo; il registro resta verificabile. Non si può annullare.'],
  go_on: ['Go on', 'Continua'],
  second: ['Second confirmation: {0} consents and {1} messages will be destroyed.', 'Seconda conferma: {0} consensi e {1} messaggi verranno distrutti.'],
  type_word: ['Type {0} to confirm', 'Scrivi {0} per confermare'],
  word: ['ERASE', 'CANCELLA'],
  erase_now: ['Erase for good', 'Cancella per sempre'],
  needs_reason: ['Needs a reason.', 'Serve un motivo.'],
  needs_word: ['Needs the word {0}.', 'Serve la parola {0}.'],
  erased: ['The person is erased; entry {0} of the ledger says so. {1} waiting messages were cancelled.', 'La persona è cancellata; lo attesta la voce {0} del registro. {1} messaggi in attesa sono stati annullati.'],
  busy: ['Being recorded …', 'Registrazione in corso …'],
});

const PURPOSES = ['marketing', 'utility', 'authentication', 'all'];
const EVIDENCE = ['form', 'signed', 'double_opt_in', 'inbound_message', 'imported'];
const mayAct = (act: 'record' | 'withdraw') => (act === 'record' ? mayAs('compliance') : mayAs('compliance', 'author', 'approver'));

type Values = Record<string, string>;

// `rest` is what Field gives to the control that it labels.
function Select({ of, value, onChange, ...rest }: { id?: string; of: readonly string[]; value: string; onChange: (v: string) => void }) {
  return (
    <select {...rest} value={value} onChange={(e) => onChange(e.currentTarget.value)}>
      {of.map((p) => <option value={p}>{valueText(p)}</option>)}
    </select>
  );
}

// Fields of an act, grant or withdrawal. `keys` name the person; without them the number is asked for.
export function ActForm({ act, keys, onDone }: { act: 'record' | 'withdraw'; keys?: Values; onDone: (person: string, sentence: string) => void }) {
  const [v, setV] = useState<Values>({ purpose: 'marketing', evidence: 'form', text: '', source: '', at: '', phone: '' });
  const [busy, setBusy] = useState(false);
  const set = (name: string) => (e: { currentTarget: { value: string } }) => setV({ ...v, [name]: e.currentTarget.value });
  const may = mayAll(mayAct(act), mayIf(!busy, t('busy')), mayIf(!!keys || !!v['phone'], t('needs_phone')), mayIf(v['source']!.trim() !== '', t('needs_source')));
  const submit = async (e: SubmitEvent) => {
    e.preventDefault();
    if (!may.may) return;
    setBusy(true);
    const { phone, at, evidence, ...rest } = v;
    const body: Values = { ...rest, ...(keys ?? { phone: phone! }) };
    if (at) body['at'] = new Date(at).toISOString();
    if (act === 'record') body['evidence'] = evidence!;
    if (!body['text']) delete body['text'];
    try {
      const person = await post<Schemas['Person']>(act === 'record' ? '/consents' : '/consents/withdraw', body);
      onDone(person.person, t(act === 'record' ? 'recorded' : 'withdrawn'));
    } catch (err) {
      toastError(err);
    }
    setBusy(false);
  };
  return (
    <form onSubmit={submit}>
      {act === 'withdraw' && <p>{t('withdraw_effect')}</p>}
      {!keys && <Field label={t('phone')}><input type="tel" autoComplete="off" value={v['phone']} onInput={set('phone')} /></Field>}
      <Field label={t('for_what')}><Select of={PURPOSES} value={v['purpose']!} onChange={(purpose) => setV({ ...v, purpose })} /></Field>
      {act === 'record' && (
        <Field label={t('proof')}><Select of={EVIDENCE} value={v['evidence']!} onChange={(evidence) => setV({ ...v, evidence })} /></Field>
      )}
      <Field label={t(act === 'record' ? 'wording' : 'said')}><input maxLength={4000} value={v['text']} onInput={set('text')} /></Field>
      <Field label={t('where')}><input maxLength={400} value={v['source']} onInput={set('source')} /></Field>
      <Field label={t('when_given')}><input type="datetime-local" value={v['at']} onInput={set('at')} /></Field>
      <Act submit may={may}>{t('go')}</Act>
    </form>
  );
}

function EraseForm({ person, onDone }: { person: Schemas['PersonShown']; onDone: (sentence: string) => void }) {
  const [reason, setReason] = useState('');
  const [word, setWord] = useState('');
  const [sure, setSure] = useState(false);
  const may = mayAll(mayAs('compliance'), mayIf(reason.trim() !== '', t('needs_reason')), mayIf(!sure || word === t('word'), t('needs_word', t('word'))));
  const submit = async (e: SubmitEvent) => {
    e.preventDefault();
    if (!may.may) return;
    if (!sure) {
      setSure(true);
      return;
    }
    try {
      const done = await post<Schemas['Erasure']>('/consents/erase', { person: person.person, reason: reason.trim(), yes: true });
      onDone(t('erased', done.entry, done.cancelled));
    } catch (err) {
      toastError(err);
    }
  };
  return (
    <form onSubmit={submit}>
      <p class="note">{t('erase_effect')}</p>
      <Field label={t('why_erase')}><input maxLength={200} value={reason} onInput={(e) => setReason(e.currentTarget.value)} /></Field>
      {sure && (
        <>
          <p role="alert"><strong>{t('second', person.consents.length, person.messages_all)}</strong></p>
          <Field label={t('type_word', t('word'))}><input autoComplete="off" value={word} onInput={(e) => setWord(e.currentTarget.value)} /></Field>
        </>
      )}
      <Act submit danger={sure} may={may}>{t(sure ? 'erase_now' : 'go_on')}</Act>
    </form>
  );
}

type Deed = '' | 'record' | 'withdraw' | 'erase';

export function Deeds({ person, onChange }: { person: Schemas['PersonShown']; onChange: () => void }) {
  const [deed, setDeed] = useState<Deed>('');
  const keys = { person: person.person };
  const done = (_person: string, sentence: string) => {
    setDeed('');
    toast(sentence);
    onChange();
  };
  return (
    <>
      <Act may={mayAct('withdraw')} onDo={() => setDeed('withdraw')}>{t('withdraw')}</Act>
      <Act may={mayAct('record')} onDo={() => setDeed('record')}>{t('record')}</Act>
      <Act danger may={mayAs('compliance')} onDo={() => setDeed('erase')}>{t('erase')}</Act>
      <Dialog title={deed ? t(deed) : ''} open={deed !== ''} onClose={() => setDeed('')}>
        {deed === 'erase' ? <EraseForm person={person} onDone={(sentence) => { setDeed(''); goAndSay('#/people', sentence); }} />
          : deed && <ActForm act={deed} keys={keys} onDone={done} />}
      </Dialog>
    </>
  );
}
