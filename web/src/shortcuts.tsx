// Single keys, for who wants them: "/" searches, "g" and a letter goes to a section, "?" tells which there are. They can be
// switched off, since they get in the way of speech input; then "?" and all else does nothing until it is switched on again by
// the button in the frame's foot.
import { useEffect, useState } from 'preact/hooks';
import { Dialog } from './controls';
import { words } from './texts';

const say = words({
  shortcuts: ['Keyboard shortcuts', 'Scorciatoie da tastiera'],
  key: ['Key', 'Tasto'],
  goes_to: ['Goes to', 'Va a'],
  to_search: ['Search', 'Cerca'],
  this_list: ['This list', 'Questo elenco'],
  single_keys: ['Single keys do something', 'I tasti singoli hanno effetto'],
  off_why: [
    'Switch them off if you speak to your computer: a spoken word would press them.',
    'Disattivali se parli al computer: una parola pronunciata li premerebbe.'],
});

const STORED = 'varco-keys';
const CHORD_MS = 1500;

const LETTERS: Record<string, string> = {
  health: 'h', numbers: 'n', decisions: 'd', people: 'p', imports: 'm', campaigns: 'c', templates: 't', integrations: 'i',
  incidents: 'x', alarms: 'w', ledger: 'l', analyze: 'a', fleet: 'f', users: 'u', automations: 'r', settings: 's',
};

const on = () => localStorage.getItem(STORED) !== 'off';

function writes(target: EventTarget | null): boolean {
  const e = target as HTMLElement | null;
  return !e || /^(INPUT|TEXTAREA|SELECT)$/.test(e.tagName) || e.isContentEditable || !!document.querySelector('dialog[open]');
}

function useKeys(entries: readonly { key: string }[], tell: () => void): void {
  useEffect(() => {
    let chord = 0;
    const pressed = (e: KeyboardEvent) => {
      if (!on() || e.ctrlKey || e.metaKey || e.altKey || writes(e.target)) return;
      const going = Date.now() - chord < CHORD_MS && entries.find((s) => LETTERS[s.key] === e.key);
      chord = e.key === 'g' ? Date.now() : 0;
      if (going) location.hash = `#/${going.key}`;
      else if (e.key === '/') document.getElementById('search')?.focus();
      else if (e.key === '?') tell();
      else return;
      e.preventDefault();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [entries.map((e) => e.key).join()]);
}

export function Shortcuts({ entries }: { entries: readonly { key: string; name: string }[] }) {
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(on());
  useKeys(entries, () => setOpen(true));
  const turn = () => {
    localStorage.setItem(STORED, active ? 'off' : 'on');
    setActive(!active);
  };
  return (
    <>
      <button type="button" aria-haspopup="dialog" onClick={() => setOpen(true)}>{say('shortcuts')}</button>
      <Dialog title={say('shortcuts')} open={open} onClose={() => setOpen(false)}>
        <table>
          <thead><tr><th scope="col">{say('key')}</th><th scope="col">{say('goes_to')}</th></tr></thead>
          <tbody>
            <tr><td><kbd>/</kbd></td><td>{say('to_search')}</td></tr>
            <tr><td><kbd>?</kbd></td><td>{say('this_list')}</td></tr>
            {entries.filter((e) => LETTERS[e.key]).map((e) => <tr><td><kbd>g</kbd> <kbd>{LETTERS[e.key]}</kbd></td><td>{e.name}</td></tr>)}
          </tbody>
        </table>
        <label class="check"><input type="checkbox" checked={active} onChange={turn} /> {say('single_keys')}</label>
        <p class="source">{say('off_why')}</p>
      </Dialog>
    </>
  );
}
