// Who is signed in, and from where; each can be ended.
import { drop, get, type Schemas } from '../../api';
import { Act, Foreign, Live, Moment, Table, toast, toastError, useLive } from '../../parts';
import { words } from '../../texts';

const t = words({
  sessions: ['Sessions', 'Sessioni'],
  own: ['Your sessions', 'Le tue sessioni'],
  none: ['Nobody is signed in.', 'Nessuno ha effettuato l’accesso.'],
  user: ['User', 'Utente'],
  gone: ['removed', 'rimosso'],
  from: ['From', 'Da dove'],
  begun: ['Begun', 'Iniziata'],
  used: ['Used last', 'Ultimo uso'],
  end: ['End', 'Chiudi'],
  ends: ['Ending', 'Chiusura'],
  this_one: ['this one', 'questa'],
  ended: ['The session has ended.', 'La sessione è chiusa.'],
});

export function Sessions({ user, own = false }: { user?: string; own?: boolean }) {
  const list = useLive((signal) => get<Schemas['SessionList']>('/sessions', { user }, signal), `sessions ${user ?? ''}`);
  const end = (id: string) => void drop(`/sessions/${encodeURIComponent(id)}`).then(
    () => { toast(t('ended')); list.again(); }, toastError);
  return (
    <Live from={list}>{({ items }) => (
      <Table title={t(own ? 'own' : 'sessions')} rows={items} none={t('none')} columns={[
        { name: t('user'), cell: (s) => <Foreign>{s.name ?? t('gone')}</Foreign>, sort: (s) => s.name },
        { name: t('from'), cell: (s) => <Foreign>{s.from}</Foreign>, sort: (s) => s.from },
        { name: t('begun'), cell: (s) => <Moment at={s.begun_at} />, sort: (s) => s.begun_at },
        { name: t('used'), cell: (s) => <Moment at={s.used_at} />, sort: (s) => s.used_at },
        { name: t('ends'), cell: (s) => (s.current ? t('this_one') : <Act onDo={() => end(s.id)}>{t('end')}</Act>) },
      ]} />
    )}</Live>
  );
}
