/** Of a list, whose tag is made of what it shows (../send.ts). */
export const KNOWN = { description: 'It still shows what If-None-Match has.' } as const;
