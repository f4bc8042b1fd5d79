import { startApi } from './http/support.ts';
it('leak', async function () {
  this.timeout(20000);
  const api = await startApi();
  await api.call('POST', '/v1/assignments', { title: 'x' });
  await api.stop();
});
after(() => new Promise((r) => setImmediate(r)).then(() => { console.log(process.getActiveResourcesInfo()); (globalThis as any).showTimeouts?.(); }));
