/**
 * A text whose control characters are shown as pictures, so that what a pod answered cannot steer the terminal. Line feeds stay,
 * carriage returns before them go, tabs become two spaces.
 */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', '  ')
    .replace(/[\u0000-\u0009\u000B-\u001F]/g, (character: string) => String.fromCharCode(0x2400 + character.charCodeAt(0)))
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/[\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g, '\uFFFD');
}

/** The same on one line: every run of white space is one space. */
export function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, ' ').trim();
}
