// Who is signed in, and what they may do. Nothing is hidden for a role: what somebody may not do is shown, disabled, and says
// who can. The gateway decides all the same.
import type { Schemas } from './api';
import { t } from './texts';

export type Role = 'viewer' | 'author' | 'approver' | 'compliance' | 'admin';
const ROLES: readonly string[] = ['viewer', 'author', 'approver', 'compliance', 'admin'] satisfies Role[];

export type Who = Omit<Schemas['Session'], 'role'> & { role: Role };

let who: Who = { by: '', name: '', provider: false, role: 'viewer', portfolios: [], may: [], expires_in_s: null };

export function signedIn(as: Who): void {
  who = as;
}

export function me(): Who {
  return who;
}

export function roleName(role: string): string {
  return ROLES.includes(role) ? t(`role_${role as Role}`) : role;
}

export interface May {
  may: boolean;
  why: string; // in whole sentences; '' when it may be
}

// May who is signed in do what takes one of these roles? An administrator may everything.
export function mayAs(...roles: readonly Role[]): May {
  const may = who.role === 'admin' || roles.includes(who.role);
  const names = [...roles.filter((r) => r !== 'admin'), 'admin' as const].map(roleName);
  return { may, why: may ? '' : t('takes_role', names.join(', ')) };
}

// May they do this operation of the API ("releaseCampaign")? The gateway itself says which ones.
export function mayDo(operation: string): May {
  const may = who.may.includes(operation);
  return { may, why: may ? '' : t('not_your_role', roleName(who.role)) };
}

// What cannot be done just now, for a reason that has nothing to do with who asks.
export function mayIf(may: boolean, why: string): May {
  return { may, why: may ? '' : why };
}

// All of them: the first that says no says why.
export function mayAll(...all: readonly May[]): May {
  return all.find((one) => !one.may) ?? { may: true, why: '' };
}
