// The people who sign in, for administrators; and for everybody what is their own.
import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../api';
import { Act, Dialog, Field, Foreign, Live, mayAs, Moment, Table, toast, toastError, useLive } from '../parts';
import { roleName } from '../session';
import { words } from '../texts';
import { listed, RightsFields, ROLES, type Rights } from './users/form';
import { GivenLink } from './users/link';
import { One, stateOf } from './users/one';
import { Own } from './users/own';
import { Sessions } from './users/sessions';

const t = words({
  users: ['Users', 'Utenti'],
  none: ['There is no user yet: everybody signs in by links of the operator.', 'Non c’è ancora nessun utente: si accede con i link dell’operatore.'],
  name_: ['Name', 'Nome'],
  role: ['Role', 'Ruolo'],
  portfolios: ['Portfolios', 'Portfolio'],
  all: ['all', 'tutti'],
  factor: ['Second factor', 'Secondo fattore'],
  yes: ['yes', 'sì'],
  no: ['not yet', 'non ancora'],
  there: ['at the provider', 'presso il provider'],
  state_: ['State', 'Stato'],
  active: ['may sign in', 'può accedere'],
  waiting_: ['has not used their link yet', 'non ha ancora usato il link'],
  disabled: ['disabled', 'disattivato'],
  signed_in: ['Signed in last', 'Ultimo accesso'],
  never: ['never', 'mai'],
  add: ['Add a user', 'Aggiungi un utente'],
  name_hint: ['As the ledger will have it; it stays.', 'Come starà nel registro; non cambia più.'],
  called: ['What the sign-in provider calls them', 'Come lo chiama il provider di accesso'],
  called_hint: ['Empty: they choose a password, by a link.', 'Vuoto: sceglie una password, con un link.'],
  by_provider: ['{0} may sign in by the sign-in provider.', '{0} può accedere con il provider di accesso.'],
  make_plain: ['Add', 'Aggiungi'],
  make: ['Add, and make the link', 'Aggiungi e crea il link'],
});

function Adding({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [name, setName] = useState('');
  const [rights, setRights] = useState<Rights>({ role: ROLES[0]!, portfolios: [] });
  const [called, setCalled] = useState('');
  const [made, setMade] = useState<Schemas['NewUser']>();
  const provider = useLive((signal) => get<Schemas['SignInProvider']>('/session/provider', {}, signal), 'provider');
  const close = () => {
    setName('');
    setCalled('');
    setMade(undefined);
    onClose();
  };
  const submit = (e: Event) => {
    e.preventDefault();
    const oidc = called.trim();
    post<Schemas['NewUser']>('/users', { name, role: rights.role, portfolios: listed(rights.portfolios), ...(oidc && { oidc }) }).then((user) => {
      if (user.url) setMade(user);
      else { toast(t('by_provider', user.name)); close(); }
    }, toastError);
  };
  return (
    <Dialog title={t('add')} open={open} onClose={close}>
      {made?.url ? <GivenLink name={made.name} url={made.url} seconds={made.expires_in_s ?? 0} /> : (
        <form onSubmit={submit}>
          <Field label={t('name_')} hint={t('name_hint')}>
            <input required maxLength={60} autoComplete="off" value={name} onInput={(e) => setName(e.currentTarget.value)} />
          </Field>
          {provider.data?.name && (
            <Field label={t('called')} hint={t('called_hint')}>
              <input name="oidc" maxLength={255} autoComplete="off" value={called} onInput={(e) => setCalled(e.currentTarget.value)} />
            </Field>
          )}
          <RightsFields value={rights} onChange={setRights} />
          <Act submit>{t(called.trim() ? 'make_plain' : 'make')}</Act>
        </form>
      )}
    </Dialog>
  );
}

function All() {
  const list = useLive((signal) => get<Schemas['UserList']>('/users', { limit: 1000 }, signal), 'users');
  const [adding, setAdding] = useState(false);
  return (
    <>
      <Act may={mayAs('admin')} onDo={() => setAdding(true)}>{t('add')}</Act>
      <Adding open={adding} onClose={() => { setAdding(false); list.again(); }} />
      <Live from={list}>{({ items }) => (
        <Table title={t('users')} rows={items} none={t('none')} columns={[
          { name: t('name_'), cell: (u) => <a href={`#/users/${encodeURIComponent(u.id)}`}><Foreign>{u.name}</Foreign></a>, sort: (u) => u.name },
          { name: t('role'), cell: (u) => roleName(u.role), sort: (u) => u.role },
          { name: t('portfolios'), cell: (u) => <Foreign>{u.portfolios.join(', ') || t('all')}</Foreign> },
          { name: t('factor'), cell: (u) => t(u.oidc ? 'there' : u.factor ? 'yes' : 'no') },
          { name: t('state_'), cell: (u) => t(stateOf(u)), sort: stateOf },
          { name: t('signed_in'), cell: (u) => (u.signed_in_at ? <Moment at={u.signed_in_at} /> : t('never')), sort: (u) => u.signed_in_at },
        ]} />
      )}</Live>
      <Sessions />
    </>
  );
}

export function Users({ id }: { id: string }) {
  if (id) return <One id={id} key={id} />;
  return <>{mayAs('admin').may && <All />}<Own /></>;
}
