import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { loadAll } from 'js-yaml';
import { type Manifest, manifest } from '../support/kubernetes.ts';

const read = (file: string): string => readFileSync(new URL(`../../docs/kubernetes/${file}`, import.meta.url), 'utf8');
const page = read('stagebell.yaml');

/** @throws with the path of each fault, as the API server would refuse it */
const parse = (text: string): Manifest[] => loadAll(text).map((document) => manifest.parse(document));
function of<Kind extends Manifest['kind']>(kind: Kind): Extract<Manifest, { kind: Kind }> {
  const found = parse(page).find((document) => document.kind === kind);
  return found as Extract<Manifest, { kind: Kind }>;
}

/** Their schema, and what is easily lost in an edit of them and costs requests or a start. */
describe('The manifests for Kubernetes', () => {
  it('are of their schema', () => {
    expect(parse(page).map(({ kind }) => kind)).to.deep.equal(['Deployment', 'Service', 'PodDisruptionBudget']);
    expect(parse(read('service-monitor.yaml')).map(({ kind }) => kind)).to.deep.equal(['ServiceMonitor']);
  });

  it('would be refused with a field misspelt, misplaced, of a wrong type or missing', () => {
    const edits: [find: string, replace: string][] = [
      ['readinessProbe:', 'readynessProbe:'],
      ['runAsUser: 1000', "runAsUser: '1000'"],
      ['terminationGracePeriodSeconds: 40', 'terminationGracePeriodSeconds: 40s'],
      ['preStop: { exec: {', 'preStop: { command: {'],
      ["[sleep, '10']", '[sleep, 10]'],
      ['httpGet: { path: /livez, port: http }', 'tcpSocket: {}'],
      ['memory: 512Mi', 'memory: 512MB'],
      ['minAvailable: 1', 'maxUnavailable: 1\n  minAvailable: 1'],
      ['  selector: { matchLabels: { app: stagebell } }\n  strategy', '  strategy'],
      ['policy/v1', 'policy/v1beta1'],
    ];
    for (const [find, replace] of edits) {
      expect(page).to.contain(find);
      expect(() => parse(page.replace(find, replace)), replace).to.throw();
    }
  });

  it('leave time for the endpoints before SIGTERM, and for the stop after it', () => {
    const { containers, terminationGracePeriodSeconds: graceS } = of('Deployment').spec.template.spec;
    const [command, preStop] = containers[0]?.lifecycle?.preStop?.exec?.command ?? [];
    const defaults = JSON.parse(readFileSync(new URL('../../config/default.json', import.meta.url), 'utf8'));
    expect(command).to.equal('sleep');
    expect(Number(preStop)).to.be.at.least(5);
    expect(graceS).to.be.greaterThan(Number(preStop) + defaults.shutdownTimeoutMs / 1000);
  });

  it('name a user by number, keep one pod, probe what is served, and mean the same pods', () => {
    const { spec } = of('Deployment');
    const { securityContext, containers } = spec.template.spec;
    expect(securityContext?.runAsUser).to.be.greaterThan(0);
    expect(of('PodDisruptionBudget').spec.minAvailable).to.equal(1);
    const [container] = containers;
    expect(container?.readinessProbe?.httpGet).to.deep.equal({ path: '/readyz', port: 'http' });
    expect(container?.livenessProbe?.httpGet).to.deep.equal({ path: '/livez', port: 'http' });
    expect(container?.ports?.[0]?.name).to.equal('http');
    const { labels } = spec.template.metadata;
    expect(spec.selector.matchLabels).to.deep.equal(labels);
    expect(of('Service').spec.selector).to.deep.equal(labels);
    expect(of('PodDisruptionBudget').spec.selector.matchLabels).to.deep.equal(labels);
  });
});
