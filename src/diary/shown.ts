// The one way by which an attacker's text reaches a page: masked, links broken, invisible characters made visible, cut.
import { type MaskOptions, maskText } from '../event/mask.ts';
import { excerpt, visible } from './visible.ts';

/** Text as it may be shown, at most `most` characters of it; an empty text becomes a word that says so. */
export type Shown = (text: string, most?: number) => string;

export function shownWith(options: MaskOptions, lang: 'en' | 'ja'): Shown {
  return (text, most) => {
    if (text === '') return lang === 'ja' ? '(空)' : '(empty)';
    // Masked before it is cut: half an address would no longer be recognised as one.
    const masked = maskText(text.slice(0, 8_192), options);
    return most === undefined ? visible(masked) : excerpt(masked, most);
  };
}
