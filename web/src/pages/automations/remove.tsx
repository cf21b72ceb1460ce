// Removing what cannot be taken back needs its name.
import { useState } from 'preact/hooks';
import { Dialog, Foreign } from '../../parts';
import { Deed } from '../campaigns/shared';
import { t } from './words';

export function AskRemove({ name, says, open, close, go }:
  { name: string; says: string; open: boolean; close: () => void; go: () => void }) {
  const [typed, setTyped] = useState('');
  return (
    <Dialog title={t('remove_title', name)} open={open} onClose={close}>
      <p>{says}</p>
      <label><Foreign>{t('type_name', name)}</Foreign><input name="confirm" autoComplete="off" value={typed} onInput={(e) => setTyped(e.currentTarget.value)} /></label>
      <p class="row">
        <Deed name={t('remove_now')} danger {...(typed.trim() !== name && { why: t('type_first', name) })} run={go} />
        <button type="button" onClick={close}>{t('keep')}</button>
      </p>
    </Dialog>
  );
}
