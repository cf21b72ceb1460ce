// How the console looks: what the reader chose, kept in this browser; the system's own wish where nothing was chosen. Styles
// are by [data-look] of the root.
export const LOOKS = ['system', 'light', 'dark', 'contrast'] as const;
export type Look = (typeof LOOKS)[number];

const STORED = 'varco-look';

export function look(): Look {
  const stored = localStorage.getItem(STORED);
  return LOOKS.find((one) => one === stored) ?? 'system';
}

export function setLook(to: Look): void {
  localStorage.setItem(STORED, to);
  document.documentElement.dataset.look = to;
}
