// Japanese names of countries and regions, as people say them.
const NAMES = new Intl.DisplayNames('ja', { type: 'region', style: 'long' });
/** As people say them. */
const SHORT: Record<string, string> = { US: 'アメリカ', HK: '香港', MO: 'マカオ', PS: 'パレスチナ', MM: 'ミャンマー' };

export const nameOf = (code: string): string => SHORT[code] ?? NAMES.of(code) ?? code;
