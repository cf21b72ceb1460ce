// What is done about one number: hold it, let it go on, and set its warm-up by hand, which takes somebody else who asked.
import { useState } from 'preact/hooks';
import { post, type Schemas } from '../../api';
import { Act, Dialog, Field, mayAll, mayAs, mayIf, me, toast, toastError } from '../../parts';
import { amount, words } from '../../texts';
import { change } from '../../transfer';
import { valueText } from '../../values';

const t = words({
  pause: ['Pause', 'Metti in pausa'],
  resume: ['Resume {0}', 'Riprendi {0}'],
  override: ['Set the warm-up by hand', 'Imposta il riscaldamento a mano'],
  what: ['What to hold', 'Che cosa fermare'],
  how_long: ['For how long', 'Per quanto'],
  until_resumed: ['until somebody resumes it', 'finché qualcuno non riprende'],
  hours: ['{0} hours', '{0} ore'],
  days: ['{0} days', '{0} giorni'],
  reason: ['Why, for those who come later', 'Perché, per chi verrà dopo'],
  needs_reason: ['Needs a reason.', 'Serve un motivo.'],
  full: ['At the full rate at once, without the steps behind a pause', 'Subito a pieno ritmo, senza i gradini dopo una pausa'],
  paused: ['{0} is paused.', '{0} è in pausa.'],
  resumed: ['It goes on.', 'Si riprende.'],
  cap: ['People a day from now on', 'Persone al giorno da adesso'],
  asked_by: ['Who asked for it, by name: somebody else than you', 'Chi lo ha chiesto, per nome: una persona diversa da te'],
  asked: ['{0} (asked for by {1})', '{0} (chiesto da {1})'],
  needs_cap: ['Needs a number of people, 1 or more.', 'Serve un numero di persone, almeno 1.'],
  needs_other: ['It takes two: name somebody else who asked for it.', 'Servono due persone: indica chi altro lo ha chiesto.'],
  override_text: [
    'Warm-up exists because Meta restricts young numbers that send much. The change is on the ledger, with both names.',
    'Il riscaldamento esiste perché Meta limita i numeri giovani che inviano molto. La modifica resta nel registro, con entrambi i nomi.'],
  set: ['Set it', 'Imposta'],
  done: ['The number may reach {0} people a day from now on.', 'Da ora il numero può raggiungere {0} persone al giorno.'],
  not_warming: ['The number is not warming up.', 'Il numero non è in riscaldamento.'],
});

type Num = Schemas['Number'];
type Changed = () => void;

const PURPOSES = ['marketing', 'utility', 'authentication', 'service', 'all'];
const SPANS = ['', '4h', '24h', '7d'];
const spanText = (s: string) => (!s ? t('until_resumed') : s.endsWith('h') ? t('hours', parseInt(s, 10)) : t('days', parseInt(s, 10)));

function Reason({ value, set }: { value: string; set: (v: string) => void }) {
  return <Field label={t('reason')}><input maxLength={200} value={value} onInput={(e) => set(e.currentTarget.value)} /></Field>;
}

function PauseForm({ number, onDone }: { number: Num; onDone: Changed }) {
  const [purpose, setPurpose] = useState('marketing');
  const [span, setSpan] = useState('');
  const [reason, setReason] = useState('');
  const may = mayAll(mayAs('author', 'approver', 'compliance'), mayIf(reason.trim() !== '', t('needs_reason')));
  const submit = async (e: SubmitEvent) => {
    e.preventDefault();
    if (!may.may) return;
    try {
      await post(`/numbers/${encodeURIComponent(number.id)}/pause`, { purpose, reason: reason.trim(), ...(span && { for: span }) });
      toast(t('paused', valueText(purpose)));
      onDone();
    } catch (err) {
      toastError(err);
    }
  };
  return (
    <form onSubmit={submit}>
      <Field label={t('what')}><select value={purpose} onChange={(e) => setPurpose(e.currentTarget.value)}>{PURPOSES.map((p) => <option value={p}>{valueText(p)}</option>)}</select></Field>
      <Field label={t('how_long')}><select value={span} onChange={(e) => setSpan(e.currentTarget.value)}>{SPANS.map((s) => <option value={s}>{spanText(s)}</option>)}</select></Field>
      <Reason value={reason} set={setReason} />
      <Act submit may={may}>{t('pause')}</Act>
    </form>
  );
}

export interface Paused {
  scope: string;
  id: string;
  purpose: string;
}

export function ResumeForm({ of, onDone }: { of: Paused; onDone: Changed }) {
  const [reason, setReason] = useState('');
  const [full, setFull] = useState(false);
  const may = mayAll(mayAs('approver'), mayIf(reason.trim() !== '', t('needs_reason')));
  const submit = async (e: SubmitEvent) => {
    e.preventDefault();
    if (!may.may) return;
    try {
      await post('/pauses/resume', { scope: of.scope, id: of.id, purpose: of.purpose, reason: reason.trim(), full });
      toast(t('resumed'));
      onDone();
    } catch (err) {
      toastError(err);
    }
  };
  return (
    <form onSubmit={submit}>
      <Reason value={reason} set={setReason} />
      <label class="check"><input type="checkbox" checked={full} onChange={() => setFull(!full)} /> {t('full')}</label>
      <Act submit may={may}>{t('resume', valueText(of.purpose))}</Act>
    </form>
  );
}

// A button, and behind it the reason.
export function Resume({ of, onDone }: { of: Paused; onDone: Changed }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Act may={mayAs('approver')} onDo={() => setAsking(true)}>{t('resume', valueText(of.purpose))}</Act>
      <Dialog title={t('resume', valueText(of.purpose))} open={asking} onClose={() => setAsking(false)}>
        <ResumeForm of={of} onDone={() => { setAsking(false); onDone(); }} />
      </Dialog>
    </>
  );
}

// Whoever is signed in by name is on record by that; the one who asked stands with the reason. The operator's link has no name.
function bothNames(other: string, reason: string): { by?: string; reason: string } {
  return me()?.by === 'user' ? { reason: t('asked', reason, other) } : { by: other, reason };
}

function OverrideForm({ number, onDone }: { number: Num; onDone: Changed }) {
  const [cap, setCap] = useState('');
  const [other, setOther] = useState('');
  const [reason, setReason] = useState('');
  const isOther = other.trim() !== '' && other.trim().toLowerCase() !== (me()?.name ?? '').toLowerCase();
  const may = mayAll(mayAs('admin'), mayIf(Number(cap) >= 1, t('needs_cap')), mayIf(isOther, t('needs_other')), mayIf(reason.trim() !== '', t('needs_reason')));
  const submit = async (e: SubmitEvent) => {
    e.preventDefault();
    if (!may.may) return;
    try {
      await change(`/numbers/${encodeURIComponent(number.id)}`, { warmup_cap: Number(cap), ...bothNames(other.trim(), reason.trim()) });
      toast(t('done', amount(Number(cap))));
      onDone();
    } catch (err) {
      toastError(err);
    }
  };
  return (
    <form onSubmit={submit}>
      <p class="note">{t('override_text')}</p>
      <Field label={t('cap')}><input type="number" min="1" value={cap} onInput={(e) => setCap(e.currentTarget.value)} /></Field>
      <Field label={t('asked_by')}><input maxLength={100} autoComplete="off" value={other} onInput={(e) => setOther(e.currentTarget.value)} /></Field>
      <Reason value={reason} set={setReason} />
      <Act submit may={may}>{t('set')}</Act>
    </form>
  );
}

export function Deeds({ number, onChange }: { number: Num; onChange: Changed }) {
  const [deed, setDeed] = useState<'' | 'pause' | 'override'>('');
  const done = () => {
    setDeed('');
    onChange();
  };
  return (
    <p class="row">
      <Act may={mayAs('author', 'approver', 'compliance')} onDo={() => setDeed('pause')}>{t('pause')}</Act>
      <Act may={mayAll(mayAs('admin'), mayIf(number.warmup !== null, t('not_warming')))} onDo={() => setDeed('override')}>{t('override')}</Act>
      <Dialog title={deed ? t(deed) : ''} open={deed !== ''} onClose={() => setDeed('')}>
        {deed === 'pause' && <PauseForm number={number} onDone={done} />}
        {deed === 'override' && <OverrideForm number={number} onDone={done} />}
      </Dialog>
    </p>
  );
}
