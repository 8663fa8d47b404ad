// English names of countries, alone and in a sentence.
const NAMES = new Intl.DisplayNames('en', { type: 'region', style: 'long' });
const SHORT: Record<string, string> = { HK: 'Hong Kong', MO: 'Macao', MM: 'Myanmar', PS: 'Palestine', TR: 'Turkey' };
/** Countries whose name has an article in a sentence. */
const ARTICLE = /^(United|Netherlands|Philippines|Maldives|Seychelles|Bahamas|Gambia|Comoros)|Republic$|Islands$/;

export const nameOf = (code: string): string => SHORT[code] ?? NAMES.of(code) ?? code;
export const inSentence = (code: string): string => (ARTICLE.test(nameOf(code)) ? `the ${nameOf(code)}` : nameOf(code));
