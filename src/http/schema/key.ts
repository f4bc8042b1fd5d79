import { z } from 'zod';
import { SCOPES } from '../../access/api-key.ts';
import { keyNameFault } from '../../access/key-names.ts';
import { instant } from './instant.ts';
import { shownId, shownInstant } from './output.ts';
import { reason } from './text.ts';

/** API keys that are made while the service runs. */

const scope = z
  .enum(SCOPES)
  .meta({ id: 'Scope', description: 'What the key may do: write includes read, and admin includes both.' });

const keyName = z
  .string()
  .superRefine((name, context) => {
    const fault = keyNameFault(name);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  })
  .meta({
    override: { type: 'string', pattern: '^[\\w.@-]{1,64}$' },
    description:
      'The actor on the record. No other key that is valid may have it; sql, anonymous and jwt are reserved.',
  });

export const newKey = z
  .strictObject({
    name: keyName,
    scope,
    expires_at: instant.nullable().optional().meta({ description: 'Later than now; null: when it is revoked.' }),
    reason: reason.optional(),
  })
  .meta({ id: 'NewKey' });

const fields = {
  id: shownId,
  name: z.string(),
  scope,
  created_at: shownInstant,
  created_by: z.string().nullable().meta({ description: 'The actor; null: the service was open.' }),
  expires_at: shownInstant.nullable(),
  last_used_at: shownInstant.nullable().meta({ description: 'To within a minute or two.' }),
  revoked_at: shownInstant.nullable(),
};
export const key = z.strictObject(fields).meta({ id: 'Key' });
export const createdKey = z
  .strictObject({
    ...fields,
    secret: z.string().nullable().meta({
      description:
        'Shown once: only its SHA-256 is kept. It begins with sb_. null: this is the answer to a request that was sent again.',
    }),
  })
  .meta({ id: 'CreatedKey' });
