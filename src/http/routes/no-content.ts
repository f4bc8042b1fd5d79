/** The answer to a delete: nothing. */
export const DELETED = { description: 'It is deleted.' } as const;
export const NO_CONTENT = { status: 204 as const };
