import { expect } from 'chai';
import { Campaign } from './campaign.ts';

describe('requests of every shape', () => {
  for (const on of ['postgres', 'embedded'] as const) {
    it(`find no fault on ${on}`, async function () {
      this.timeout(180_000);
      const report = await new Campaign({ seed: 14, seconds: 5, on, say: () => {} }).run();
      expect(report.faults).to.deep.equal([]);
      expect(report.byStatus.get(200) ?? 0).to.be.above(0);
      expect(report.byStatus.get(422) ?? 0).to.be.above(0);
    });
  }
});
