// Role and portfolios of a user: what is chosen when they are added, and later.
import { get, type Schemas } from '../../api';
import { Foreign, useLive } from '../../parts';
import type { Role } from '../../session';
import { words } from '../../texts';

const t = words({
  role: ['Role', 'Ruolo'],
  viewer: ['looks at everything, phones masked', 'guarda tutto, telefoni mascherati'],
  author: ['makes campaigns, templates, imports', 'prepara campagne, modelli, importazioni'],
  approver: ['approves, releases, resumes', 'approva, rilascia, riprende'],
  compliance: ['people, incidents, ledger', 'persone, incidenti, registro'],
  admin: ['everything', 'tutto'],
  portfolios: ['Portfolios', 'Portfolio'],
  all: ['All portfolios', 'Tutti i portfolio'],
});

export const ROLES: readonly Role[] = ['viewer', 'author', 'approver', 'compliance', 'admin'];

export interface Rights {
  role: Role;
  portfolios: readonly string[]; // none: all
}

export function listed(portfolios: readonly string[]): string {
  return portfolios.length ? portfolios.join(',') : 'all';
}

export function RightsFields({ value, onChange }: { value: Rights; onChange: (rights: Rights) => void }) {
  const accounts = useLive((signal) => get<Schemas['AccountList']>('/accounts', { limit: 1000 }, signal), 'portfolios');
  const known = new Map<string, string>();
  for (const a of accounts.data?.items ?? []) if (!known.has(a.portfolio)) known.set(a.portfolio, a.name);
  for (const id of value.portfolios) if (!known.has(id)) known.set(id, '');
  const toggle = (id: string) => onChange({
    ...value, portfolios: value.portfolios.includes(id) ? value.portfolios.filter((p) => p !== id) : [...value.portfolios, id],
  });
  return (
    <>
      <fieldset>
        <legend>{t('role')}</legend>
        {ROLES.map((role) => (
          <label class="check">
            <input type="radio" name="role" value={role} checked={value.role === role} onChange={() => onChange({ ...value, role })} />
            <span><strong>{t(`role_${role}`)}</strong>: {t(role)}</span>
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>{t('portfolios')}</legend>
        <label class="check">
          <input type="checkbox" checked={!value.portfolios.length} onChange={() => onChange({ ...value, portfolios: [] })} /> {t('all')}
        </label>
        {[...known].map(([id, name]) => (
          <label class="check">
            <input type="checkbox" checked={value.portfolios.includes(id)} onChange={() => toggle(id)} />
            <span><Foreign>{name}</Foreign> <code>{id}</code></span>
          </label>
        ))}
      </fieldset>
    </>
  );
}
