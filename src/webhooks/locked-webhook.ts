import { LockMode, type SqlEntityManager } from '@mikro-orm/sql';
import { NotFoundError } from '../base/errors.ts';
import { checkVersion, type Expected } from '../commands/precondition.ts';
import { Webhook } from '../db/entities/webhook.ts';
import { msOf } from '../db/read/stages.ts';

/** A webhook that nobody else edits until the transaction ends, and the time by the database's clock. */
export interface LockedWebhook {
  webhook: Webhook;
  nowMs: number;
}

/** @throws NotFoundError, StaleVersionError */
export async function lockWebhook(em: SqlEntityManager, id: string, expected: Expected): Promise<LockedWebhook> {
  const webhook = await em.findOne(Webhook, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (webhook === null) throw new NotFoundError('webhook', id);
  checkVersion(webhook.version, expected);
  const [row] = await em.execute<{ nowMs: number }[]>(
    `SELECT ${msOf(`date_trunc('milliseconds', clock_timestamp())`)} AS "nowMs"`,
  );
  return { webhook, nowMs: row?.nowMs ?? 0 };
}

/** Something that its readers see was changed. */
export function touch({ webhook, nowMs }: LockedWebhook): void {
  webhook.version += 1;
  webhook.updatedMs = nowMs;
}
