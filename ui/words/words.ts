// The dictionary of the chosen language.
import { settings } from '../settings.ts';
import { en, type Words } from './en.ts';
import { ja } from './ja.ts';

export type { Words } from './en.ts';

/** Read while drawing: the pages are drawn again when the language changes. */
export const words = (): Words => (settings.language === 'ja' ? ja : en);
