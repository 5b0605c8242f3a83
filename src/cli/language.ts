import type { Language } from '../core/text.js';

/** Korean where the locale is Korean (locale(7): LC_ALL, LC_MESSAGES, LANG, the first that is set), else English. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return locale.toLowerCase().startsWith('ko') ? 'ko' : 'en';
}

/** NO_COLOR (no-color.org) and a dumb terminal forbid colours; so does an output that is not a terminal. */
export function mayColor(env: Readonly<Record<string, string | undefined>>, isTTY: boolean): boolean {
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  return isTTY || ((env['FORCE_COLOR'] ?? '') !== '' && env['FORCE_COLOR'] !== '0');
}
