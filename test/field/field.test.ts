import { expect } from 'chai';
import type { Deployment } from './deployment.ts';
import { SHORT } from './deployments/all.ts';
import { Ground } from './ground.ts';
import { AT_ONCE, type Row, runRow, SHORT_FORM } from './row.ts';
import { failures } from './table.ts';

describe('in the field, Stagebell works or says why not', function () {
  this.timeout(180_000);
  const ground = new Ground();
  const rows = new Map<Deployment, Promise<Row>>();
  before(() => {
    const waiting = [...SHORT];
    const begin = (): void => {
      const deployment = waiting.shift();
      if (deployment === undefined) return;
      const row = runRow(deployment, ground, SHORT_FORM);
      rows.set(deployment, row);
      row.finally(begin);
    };
    for (let i = 0; i < AT_ONCE; i++) begin();
  });
  after(async () => {
    await Promise.all(rows.values());
    await ground.close();
  });

  for (const deployment of SHORT) {
    it(deployment.name, async () => {
      const row = await rows.get(deployment);
      if (row === undefined) throw new Error('was not begun: rows end in the order in which they begin');
      expect(failures([row])).to.deep.equal([]);
      if (row.missing !== undefined) console.log(`      not tried: ${row.missing}`);
    });
  }
});
