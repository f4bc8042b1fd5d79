import { lockStage } from './locked-stage.ts';
import type { Expected } from './precondition.ts';
import { transact, type Writer } from './transact.ts';

/** Deletes a stage; its transitions stay on the record. @throws NotFoundError, StaleVersionError */
export function deleteStage(writer: Writer, id: string, expected: Expected): Promise<void> {
  return transact(writer, id, async (em) => {
    em.remove(await lockStage(em, id, expected));
  });
}
