import { clockFaults } from './clock.ts';
import type { FaultKind } from './fault.ts';
import { linkFaults } from './links.ts';
import { neighbourFaults } from './neighbours.ts';
import { postgresFaults } from './postgres.ts';
import { processFaults } from './processes.ts';
import { redisFaults } from './redis.ts';

export const FAULTS: readonly FaultKind[] = [
  ...processFaults,
  ...redisFaults,
  ...postgresFaults,
  ...neighbourFaults,
  ...linkFaults,
  ...clockFaults,
];
