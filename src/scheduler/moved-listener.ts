import type { Advanced } from '../db/leading/advance.ts';
import type { Term } from '../db/leading/term.ts';

/** Told of every batch that this instance moves. There is one: app.ts hands it in, and the advancer calls it. */
export interface MovedListener {
  onMoved(batch: Advanced, cause: 'timer' | 'sweep', term: Term): void;
  /** An advance failed and will be tried again. */
  onFailed(): void;
}
