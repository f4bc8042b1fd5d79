/** For a list, whose ETag is made of what it shows (../send.ts). */
export const KNOWN = { description: 'Nothing has changed since the ETag in If-None-Match.' } as const;
