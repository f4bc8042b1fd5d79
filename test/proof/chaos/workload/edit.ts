import type { WrittenStage } from '../../checker/history.ts';

/** What a client wants to have written; by which way it does so is the writer's affair. */
export type Edit =
  | { kind: 'create'; stages: NewStage[] }
  | { kind: 'edit'; stage: WrittenStage }
  /** In plain SQL the row is held for `holdMs` before the commit. */
  | { kind: 'rename'; stage: WrittenStage; name: string; holdMs: number }
  | { kind: 'delete'; stage: WrittenStage };

/** Its id may be made by the service: then its name, which is unique, tells which it is. */
export interface NewStage extends WrittenStage {
  name: string;
}

export interface Answer {
  outcome: 'ok' | 'refused' | 'maybe';
  /** Of created stages, in their order, where the service made them. */
  ids?: string[];
}

/** A way of writing. */
export interface Writer {
  readonly name: string;
  /** Never rejects. */
  write(edit: Edit): Promise<Answer>;
  close(): Promise<void>;
}
