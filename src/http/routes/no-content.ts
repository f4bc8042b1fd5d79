/** Of what was deleted there is nothing more to say. */
export const DELETED = { description: 'It is deleted.' } as const;
export const NO_CONTENT = { status: 204 as const };
