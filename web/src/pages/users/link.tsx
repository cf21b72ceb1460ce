// A link for somebody, shown once: to be given to them by a way that they and nobody else reads.
import { useState } from 'preact/hooks';
import { words } from '../../texts';

const t = words({
  give: [
    'Give this link to {0}. It is good once, for {1} minutes; nobody else should see it.',
    'Dai questo link a {0}. Vale una volta sola, per {1} minuti; nessun altro dovrebbe vederlo.'],
  link: ['Link', 'Link'],
  copy: ['Copy', 'Copia'],
  copied: ['Copied.', 'Copiato.'],
});

export function GivenLink({ name, url, seconds }: { name: string; url: string; seconds: number }) {
  const [copied, setCopied] = useState(false);
  return (
    <div class="card">
      <p><bdi>{t('give', name, Math.round(seconds / 60))}</bdi></p>
      <div class="row">
        <label>{t('link')}<input readOnly size={48} value={url} onFocus={(e) => e.currentTarget.select()} /></label>
        <button type="button" onClick={() => void navigator.clipboard.writeText(url).then(() => setCopied(true))}>{t('copy')}</button>
        <span role="status">{copied && t('copied')}</span>
      </div>
    </div>
  );
}
