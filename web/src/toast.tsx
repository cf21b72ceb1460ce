// What has just happened, said once and in one place on every page, to eyes and to screen readers alike.
import { useEffect, useState } from 'preact/hooks';
import { t } from './texts';

interface Said {
  sentence: string;
  bad: boolean;
}

let tell: (said: Said) => void = () => undefined;

export function toast(sentence: string, bad = false): void {
  tell({ sentence, bad });
}

// What went wrong, in the gateway's own words.
export function toastError(e: unknown): void {
  toast((e as Error).message, true);
}

// It stays until it is closed or the next thing happens: nobody has to read fast.
export function Toasts() {
  const [said, setSaid] = useState<Said>();
  useEffect(() => {
    tell = setSaid;
    const moved = () => setSaid(undefined);
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  return (
    <div class="toasts">
      <div role={said?.bad ? 'alert' : 'status'} class={said ? `toast ${said.bad ? 'is-bad' : ''}` : ''}>
        {said && <span class="mark" aria-hidden="true">{said.bad ? '!' : '✓'}</span>}
        {said && <bdi>{said.sentence}</bdi>}
        {said && <button type="button" onClick={() => setSaid(undefined)}>{t('close')}</button>}
      </div>
    </div>
  );
}
