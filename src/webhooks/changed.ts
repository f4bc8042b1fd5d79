import { WEBHOOKS_CHANGED } from '../db/names.ts';
import type { Reader } from '../db/read/stages.ts';
import { sayWithin } from '../db/say.ts';

/** Tells all instances, once the transaction commits, that webhooks were created, edited or deleted, or have work. */
export const sayChanged = (em: Reader): Promise<void> => sayWithin(em, WEBHOOKS_CHANGED);
