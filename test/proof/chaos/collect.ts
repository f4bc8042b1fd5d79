import { ms, type RecordedTransition, transitionsWhere } from '../../support/record.ts';
import {
  type EditRequest,
  type FinalStage,
  type History,
  type RecordedTerm,
  STAGES,
  TERMS,
} from '../checker/history.ts';
import { type ReplayedChange, type Row, replay } from '../checker/replay.ts';
