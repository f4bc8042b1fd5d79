import { readFileSync } from 'node:fs';
import { expect } from 'chai';

const page = readFileSync(new URL('../docs/kubernetes/stagebell.yaml', import.meta.url), 'utf8');
const one = (pattern: RegExp): string => {
  const found = [...page.matchAll(new RegExp(pattern, 'gm'))];
  expect(found, String(pattern)).to.have.length(1);
  return found[0]?.[1] ?? '';
};

/** What is easily lost in an edit of the manifests, and costs requests or a start. Their schema is not checked here. */
describe('The manifests for Kubernetes', () => {
  it('leave time for the endpoints before SIGTERM, and for the stop after it', () => {
    const preStopS = Number(one(/preStop: \{ exec: \{ command: \[sleep, '(\d+)'\] \} \}/));
    const graceS = Number(one(/terminationGracePeriodSeconds: (\d+)/));
    const defaults = JSON.parse(readFileSync(new URL('../config/default.json', import.meta.url), 'utf8'));
    expect(preStopS).to.be.at.least(5);
    expect(graceS).to.be.greaterThan(preStopS + defaults.shutdownTimeoutMs / 1000);
  });

  it('name a user by number, keep one pod, and probe what is served', () => {
    expect(one(/runAsUser: (\d+)/)).to.equal('1000');
    expect(one(/minAvailable: (\d+)/)).to.equal('1');
    one(/readinessProbe:\n\s+httpGet: \{ path: (\/readyz), port: http \}/);
    one(/livenessProbe:\n\s+httpGet: \{ path: (\/livez), port: http \}/);
    expect([...page.matchAll(/^kind: (\w+)/gm)].map(([, kind]) => kind)).to.deep.equal([
      'Deployment',
      'Service',
      'PodDisruptionBudget',
    ]);
    // The selectors of all three name the same label.
    expect(page.match(/\{ app: stagebell \}/g)?.length).to.be.at.least(6);
    expect(page, 'YAML knows no tabs').not.to.contain('\t');
  });
});
