// Whose name an act bears. A user's goes without saying; a session of the operator's belongs to nobody in particular, and leaves
// it to people to say who they are.
import { useState } from 'preact/hooks';
import { me } from '../parts';

const STORED = 'varco-name';

export interface Who {
  name: string; // '' = the session does not say
  typed: string;
  type: (name: string) => void;
}

export function useWho(): Who {
  const [typed, setTyped] = useState(() => sessionStorage.getItem(STORED) ?? '');
  const type = (text: string) => {
    sessionStorage.setItem(STORED, text);
    setTyped(text);
  };
  return { name: me()?.by === 'user' ? me()?.name ?? '' : '', typed, type };
}

const letters = (name: string) => name.normalize('NFKD').replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
export const sameName = (a: string, b: string) => letters(a) === letters(b);

export const by = (w: Who): { by?: string } => (w.name || !w.typed.trim() ? {} : { by: w.typed.trim() });
