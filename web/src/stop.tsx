// The switch that stands on every page: no marketing from any number. It takes a reason and a word typed, and says how many
// numbers it is about; what it did is undone number by number, with a reason too.
import { useRef, useState } from 'preact/hooks';
import { get, post, type Schemas } from './api';
import { Act } from './controls';
import { mayDo, mayIf } from './session';
import { t } from './texts';
import { toast, toastError } from './toast';

async function stopAll(numbers: readonly Schemas['Number'][], reason: string): Promise<void> {
  for (const n of numbers)
    await post(`/numbers/${encodeURIComponent(n.id)}/pause`, { purpose: 'marketing', reason });
}

export function Stop() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [numbers, setNumbers] = useState<Schemas['Number'][]>([]);
  const [reason, setReason] = useState('');
  const [word, setWord] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const may = reason.trim() !== '' && word === t('word') && !busy;

  const open = async () => {
    setWord('');
    setError('');
    try {
      setNumbers((await get<Schemas['NumberList']>('/numbers', { limit: 1000 })).items);
      dialog.current?.showModal();
    } catch (e) {
      toastError(e);
    }
  };
  const submit = async (e: SubmitEvent) => {
    e.preventDefault();
    if (!may) return;
    setBusy(true);
    try {
      await stopAll(numbers, reason.trim());
      toast(t('stopped', numbers.length));
      setReason('');
      dialog.current?.close();
    } catch (e) {
      setError((e as Error).message);
    }
    setBusy(false);
  };

  return (
    <>
      <Act danger may={mayDo('pauseNumber')} onDo={() => void open()}>{t('stop')}</Act>
      <dialog ref={dialog} aria-labelledby="stop-title">
        <form onSubmit={submit}>
          <h2 id="stop-title">{t('stop_title')}</h2>
          <p>{t('stop_text', numbers.length)}</p>
          <label>{t('stop_reason')}
            <input required maxLength={200} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
          </label>
          <label>{t('stop_type', t('word'))}
            <input required autoComplete="off" value={word} onInput={(e) => setWord(e.currentTarget.value)} />
          </label>
          {error && <p role="alert">{error}</p>}
          <p class="row">
            <Act submit danger may={mayIf(may, t('stop_why_not', t('word')))}>{t('stop_now')}</Act>
            <button type="button" onClick={() => dialog.current?.close()}>{t('cancel')}</button>
          </p>
        </form>
      </dialog>
    </>
  );
}
