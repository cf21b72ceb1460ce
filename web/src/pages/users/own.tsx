// What everybody may do for themselves: another password, another second factor, an end to their other sessions.
import { useState } from 'preact/hooks';
import { post, type Schemas } from '../../api';
import { Act, Facts, Field, Foreign, mayIf, me, toastError } from '../../parts';
import { roleName } from '../../session';
import { words } from '../../texts';
import { Sessions } from './sessions';

const t = words({
  you: ['You', 'Tu'],
  name_: ['Name', 'Nome'],
  role: ['Role', 'Ruolo'],
  portfolios: ['Portfolios', 'Portfolio'],
  all: ['all', 'tutti'],
  change: ['Another password', 'Un’altra password'],
  password: ['Password until now', 'Password attuale'],
  factor: ['with a new second factor as well', 'anche con un nuovo secondo fattore'],
  go: ['Change it', 'Cambiala'],
  elsewhere: ['You sign in by the sign-in provider: your password is there.', 'Accedi con il provider di accesso: la tua password è lì.'],
  only_users: ['You are signed in by a link of the operator, which has no password.', 'Hai usato un link dell’operatore, che non ha password.'],
});

export function Own() {
  const [password, setPassword] = useState('');
  const [factor, setFactor] = useState(false);
  const who = me();
  const submit = (e: Event) => {
    e.preventDefault();
    // The link leads through the page that sets both: whoever holds it chooses.
    post<Schemas['SessionLink']>('/session/renew', { password, factor }).then(
      ({ url }) => { location.hash = new URL(url).hash; }, toastError);
  };
  return (
    <section>
      <h2>{t('you')}</h2>
      <Facts rows={[
        [t('name_'), <Foreign>{who?.name ?? '–'}</Foreign>],
        [t('role'), roleName(who?.role ?? '')],
        [t('portfolios'), <Foreign>{who?.portfolios.join(', ') || t('all')}</Foreign>],
      ]} />
      <h3>{t('change')}</h3>
      <form onSubmit={submit} class="row">
        <Field label={t('password')}>
          <input type="password" autocomplete="current-password" required maxLength={256} value={password} onInput={(e) => setPassword(e.currentTarget.value)} />
        </Field>
        <label class="check"><input type="checkbox" checked={factor} onChange={(e) => setFactor(e.currentTarget.checked)} /> {t('factor')}</label>
        <Act submit may={mayIf(who?.by === 'user' && !who.provider, t(who?.provider ? 'elsewhere' : 'only_users'))}>{t('go')}</Act>
      </form>
      {who?.by === 'user' && <Sessions own user={who.name} />}
    </section>
  );
}
