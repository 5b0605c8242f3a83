/** A sentence for people, in the two languages that every lab is written in. */
export interface Text {
  readonly en: string;
  readonly ko: string;
}

export const languages = ['en', 'ko'] as const;
export type Language = (typeof languages)[number];

/** A text that reads the same in both languages: an address, a command, a chain's name. */
export function same(text: string): Text {
  return { en: text, ko: text };
}
