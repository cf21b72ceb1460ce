// What the pages of automatic replies and triggers share.
import type { Schemas } from '../../api';
import { t } from './words';

export type Reply = Schemas['Autoreply'];

export interface Known {
  replies: Reply[];
  triggers: Schemas['Trigger'][];
  numbers: Schemas['Number'][];
  apps: Schemas['Integration'][];
}

export const kinds = ['welcome', 'out_of_hours', 'keyword'] as const;
export const kindName = (kind: string) => (kinds.includes(kind as 'welcome') ? t(kind as 'welcome') : kind);

export function Sender({ known, app, number, set }:
  { known: Known; app: string; number: string; set: (more: { app?: string; number?: string }) => void }) {
  return (
    <>
      <label>{t('app')}
        <select name="app" value={app} onChange={(e) => set({ app: e.currentTarget.value })}>
          <option value="">{t('choose')}</option>
          {known.apps.map((a) => <option value={a.id}>{a.name}</option>)}
        </select>
      </label>
      <label>{t('number')}
        <select name="number" value={number} onChange={(e) => set({ number: e.currentTarget.value })}>
          <option value="">{t('choose')}</option>
          {known.numbers.map((n) => <option value={n.id}>{n.display} ({n.id})</option>)}
        </select>
      </label>
    </>
  );
}
