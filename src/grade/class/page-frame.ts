import type { Language } from '../../check/index.ts';
import { STYLE } from './page-style.ts';
import { html } from './page-text.ts';

/** A whole page around `body`, which is markup: no script runs in it, and nothing is fetched. */
export function framed(title: string, body: string, language: Language): string {
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${html(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
