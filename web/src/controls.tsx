// What somebody can press, fill in or close.
import { cloneElement, type ComponentChildren, type VNode } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { May } from './session';
import { t } from './texts';

// A button that says why it cannot be pressed: it stays in its place, can be reached by the keyboard, and does nothing.
//   <Act may={mayAs('approver')} onDo={approve}>Approve</Act>        may: {may, why}, or `may` and `why` one by one
export function Act({ may = true, why = '', onDo, danger = false, submit = false, children }: {
  may?: boolean | May; why?: string; onDo?: () => void; danger?: boolean; submit?: boolean; children: ComponentChildren;
}) {
  const id = useId();
  const can = typeof may === 'object' ? may.may : may;
  const because = typeof may === 'object' ? may.why || why : why;
  return (
    <span class="act">
      <button type={submit ? 'submit' : 'button'} class={danger ? 'danger' : undefined} aria-disabled={can ? undefined : true}
        aria-describedby={!can && because ? id : undefined}
        onClick={(e) => { if (!can) e.preventDefault(); else onDo?.(); }}>{children}</button>
      {!can && because && <span id={id} class="source">{because}</span>}
    </span>
  );
}

interface Described {
  id?: string;
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
}

// One control with its label; what it is about, and what is wrong with it, are read out with it.
//   <Field label="…" hint="…" error="…"><input … /></Field>
export function Field({ label, hint = '', error = '', children }:
  { label: string; hint?: string; error?: string; children: VNode<Described> }) {
  const id = useId();
  const about = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {cloneElement(children, { id, ...(about && { 'aria-describedby': about }), ...(error && { 'aria-invalid': true }) })}
      {hint && <span id={`${id}-hint`} class="source">{hint}</span>}
      {error && <span id={`${id}-error`} class="bad" role="alert">{error}</span>}
    </div>
  );
}

// What has to be answered before anything else goes on. Escape closes it; the focus comes back to where it was.
export function Dialog({ title, open, onClose, children }:
  { title: string; open: boolean; onClose: () => void; children: ComponentChildren }) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const d = dialog.current;
    if (open && d && !d.open) d.showModal();
    if (!open && d?.open) d.close();
  }, [open]);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      {open && (
        <>
          <div class="between">
            <h2 id={id}>{title}</h2>
            <button type="button" class="plain" aria-label={t('close')} onClick={onClose}>✕</button>
          </div>
          {children}
        </>
      )}
    </dialog>
  );
}
