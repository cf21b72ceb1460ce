// Whose numbers are looked at, for those who look after several: one portfolio, or all of them. Kept for this tab.
import { useEffect, useState } from 'preact/hooks';

export interface Client {
  portfolio: string; // '' = all
  name: string;
  wabas: readonly string[]; // its accounts
}

const STORED = 'varco-client';
const ALL: Client = { portfolio: '', name: '', wabas: [] };

function stored(): Client {
  try {
    const { portfolio, name, wabas } = JSON.parse(sessionStorage.getItem(STORED) ?? '{}') as Partial<Client>;
    return typeof portfolio === 'string' && typeof name === 'string' && Array.isArray(wabas) ? { portfolio, name, wabas } : ALL;
  } catch {
    return ALL;
  }
}

let chosen = stored();

export function chooseClient(client: Client | undefined): void {
  chosen = client ?? ALL;
  sessionStorage.setItem(STORED, JSON.stringify(chosen));
  dispatchEvent(new Event('client'));
}

export function useClient(): Client {
  const [client, set] = useState(chosen);
  useEffect(() => {
    const changed = () => set(chosen);
    addEventListener('client', changed);
    return () => removeEventListener('client', changed);
  }, []);
  return client;
}
