// The address of one template.
export const link = (x: { waba: string; name: string; language: string }) =>
  `#/templates/${[x.waba, x.name, x.language].map(encodeURIComponent).join('/')}`;
