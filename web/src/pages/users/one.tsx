// One user: what they may do, a link for another password, an end to it.
import { useState } from 'preact/hooks';
import { drop, get, patch, post, type Schemas } from '../../api';
import { Act, Dialog, Facts, Field, Foreign, Live, mayAll, mayAs, mayIf, me, Moment, toast, toastError, useLive } from '../../parts';
import { roleName, type Role } from '../../session';
import { words } from '../../texts';
import { listed, RightsFields, type Rights } from './form';
import { GivenLink } from './link';
import { Sessions } from './sessions';

const t = words({
  back_: ['Back to the users', 'Torna agli utenti'],
  role: ['Role', 'Ruolo'],
  state_: ['State', 'Stato'],
  active: ['may sign in', 'può accedere'],
  waiting_: ['has not used their link yet', 'non ha ancora usato il link'],
  disabled: ['disabled', 'disattivato'],
  factor: ['Second factor', 'Secondo fattore'],
  yes: ['set up, {0} recovery codes left', 'configurato, codici di recupero rimasti: {0}'],
  no: ['not yet', 'non ancora'],
  there: ['at the provider', 'presso il provider'],
  signed_in: ['Signed in last', 'Ultimo accesso'],
  never: ['never', 'mai'],
  added: ['Added', 'Aggiunto'],
  rights: ['Rights', 'Diritti'],
  save: ['Save', 'Salva'],
  saved: ['Saved; it holds from the next request on.', 'Salvato; vale dalla prossima richiesta.'],
  same: ['Nothing was changed yet.', 'Non è ancora cambiato nulla.'],
  disable: ['Disable', 'Disattiva'],
  enable: ['Let sign in again', 'Riattiva'],
  disabled_now: ['Signed out everywhere, and cannot sign in any more.', 'Uscito ovunque; non può più accedere.'],
  enabled_now: ['May sign in again.', 'Può accedere di nuovo.'],
  way: ['Way to sign in', 'Modo di accedere'],
  by_password: ['with a password of this console', 'con una password di questa console'],
  by_provider: ['by the sign-in provider, as {0}', 'con il provider di accesso, come {0}'],
  called: ['What the sign-in provider calls them', 'Come lo chiama il provider di accesso'],
  called_hint: [
    'An e-mail address, or what is configured. Empty: they choose a password here. Either way they are signed out everywhere.',
    'Un indirizzo e-mail, o ciò che è configurato. Vuoto: sceglie qui una password. In ogni caso viene fatto uscire ovunque.'],
  elsewhere: ['They sign in by the sign-in provider, and have no password here.', 'Accede con il provider di accesso e qui non ha una password.'],
  reset: ['Link for another password', 'Link per un’altra password'],
  reset_why: ['It signs them out everywhere.', 'Lo fa uscire ovunque.'],
  with_factor: ['with a new second factor as well', 'anche con un nuovo secondo fattore'],
  make: ['Make the link', 'Crea il link'],
  remove: ['Remove', 'Rimuovi'],
  remove_title: ['Remove {0}', 'Rimuovere {0}'],
  remove_why: [
    'They are signed out and cannot sign in any more. What they did stays in the ledger. This cannot be undone.',
    'Viene fatto uscire e non può più accedere. Ciò che ha fatto resta nel registro. Non si può annullare.'],
  type: ['Type the name to confirm', 'Scrivi il nome per confermare'],
  type_first: ['The name is not typed yet.', 'Il nome non è ancora scritto.'],
  removed: ['{0} was removed.', '{0} è stato rimosso.'],
  yourself: ['This is you: another administrator has to do it.', 'Questo sei tu: deve farlo un altro amministratore.'],
});

type User = Schemas['User'];

export function stateOf(u: User): 'disabled' | 'active' | 'waiting_' {
  return u.disabled ? 'disabled' : u.password || u.oidc ? 'active' : 'waiting_';
}

function Removal({ user, onClose, open }: { user: User; open: boolean; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const go = () => void drop(`/users/${encodeURIComponent(user.id)}`).then(
    () => { toast(t('removed', user.name)); location.hash = '#/users'; }, toastError);
  return (
    <Dialog title={t('remove_title', user.name)} open={open} onClose={onClose}>
      <p>{t('remove_why')}</p>
      <Field label={t('type')}><input value={typed} autoComplete="off" onInput={(e) => setTyped(e.currentTarget.value)} /></Field>
      <Act danger may={mayIf(typed.trim() === user.name, t('type_first'))} onDo={go}>{t('remove')}</Act>
    </Dialog>
  );
}

function RightsOf({ user, again }: { user: User; again: () => void }) {
  const had: Rights = { role: user.role as Role, portfolios: user.portfolios };
  const [rights, setRights] = useState(had);
  const changed = rights.role !== had.role || listed([...rights.portfolios].sort()) !== listed([...had.portfolios].sort());
  const save = () => void patch(`/users/${encodeURIComponent(user.id)}`, { role: rights.role, portfolios: listed(rights.portfolios) }).then(
    () => { toast(t('saved')); again(); }, toastError);
  const self = me()?.name === user.name;
  return (
    <section>
      <h2>{t('rights')}</h2>
      <RightsFields value={rights} onChange={setRights} />
      <Act may={mayIf(changed && !self, self ? t('yourself') : t('same'))} onDo={save}>{t('save')}</Act>
    </section>
  );
}

function Reset({ user }: { user: User }) {
  const [factor, setFactor] = useState(false);
  const [link, setLink] = useState<Schemas['SessionLink']>();
  const make = () => void post<Schemas['SessionLink']>(`/users/${encodeURIComponent(user.id)}/reset`, { factor }).then(setLink, toastError);
  return (
    <section>
      <h2>{t('reset')}</h2>
      <p>{t('reset_why')}</p>
      <label class="check"><input type="checkbox" checked={factor} onChange={(e) => setFactor(e.currentTarget.checked)} /> {t('with_factor')}</label>
      <Act may={mayAll(mayAs('admin'), mayIf(!user.oidc, t('elsewhere')))} onDo={make}>{t('make')}</Act>
      {link && <GivenLink name={user.name} url={link.url} seconds={link.expires_in_s} />}
    </section>
  );
}

// Where there is a provider, or was one.
function Way({ user, again }: { user: User; again: () => void }) {
  const provider = useLive((signal) => get<Schemas['SignInProvider']>('/session/provider', {}, signal), 'provider');
  const [called, setCalled] = useState(user.oidc ?? '');
  const self = me()?.name === user.name;
  const changed = called.trim() !== (user.oidc ?? '');
  const save = () => void patch(`/users/${encodeURIComponent(user.id)}`, { oidc: called.trim() || 'none' }).then(
    () => { toast(t('saved')); again(); }, toastError);
  if (!provider.data?.name && !user.oidc) return null;
  return (
    <section>
      <h2>{t('way')}</h2>
      <Field label={t('called')} hint={t('called_hint')}>
        <input value={called} maxLength={255} autoComplete="off" onInput={(e) => setCalled(e.currentTarget.value)} />
      </Field>
      <Act may={mayIf(changed && !self, self ? t('yourself') : t('same'))} onDo={save}>{t('save')}</Act>
    </section>
  );
}

function Shown({ user, again }: { user: User; again: () => void }) {
  const [removing, setRemoving] = useState(false);
  const other = mayIf(me()?.name !== user.name, t('yourself'));
  const turn = () => void patch(`/users/${encodeURIComponent(user.id)}`, { disabled: !user.disabled }).then(
    () => { toast(t(user.disabled ? 'enabled_now' : 'disabled_now')); again(); }, toastError);
  return (
    <>
      <h2><Foreign>{user.name}</Foreign></h2>
      <Facts rows={[
        [t('role'), roleName(user.role)],
        [t('state_'), t(stateOf(user))],
        [t('way'), <Foreign>{user.oidc ? t('by_provider', user.oidc) : t('by_password')}</Foreign>],
        [t('factor'), user.oidc ? t('there') : user.factor ? t('yes', user.recovery_left) : t('no')],
        [t('signed_in'), user.signed_in_at ? <Moment at={user.signed_in_at} /> : t('never')],
        [t('added'), <Moment at={user.created_at} />],
      ]} />
      <div class="row">
        <Act may={other} onDo={turn}>{t(user.disabled ? 'enable' : 'disable')}</Act>
        <Act may={other} danger onDo={() => setRemoving(true)}>{t('remove')}</Act>
      </div>
      <Removal user={user} open={removing} onClose={() => setRemoving(false)} />
      <RightsOf user={user} again={again} key={user.updated_at} />
      <Way user={user} again={again} key={user.oidc ?? ''} />
      <Reset user={user} />
      <Sessions user={user.id} />
    </>
  );
}

export function One({ id }: { id: string }) {
  const path = `/users/${encodeURIComponent(id)}`;
  const user = useLive((signal) => get<User>(path, {}, signal), path);
  return (
    <>
      <p><a href="#/users">{t('back_')}</a></p>
      <Live from={user}>{(u) => <Shown user={u} again={user.again} />}</Live>
    </>
  );
}
