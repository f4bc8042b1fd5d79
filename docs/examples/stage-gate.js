import { createClient } from 'stagebell/client';

/**
 * Express middleware that opens a route while a stage is active, and closes it at its end, to the millisecond that the
 * service knows: `app.post('/hand-in', gate.whileActive(stageId), handIn)`. It asks once for each stage and then follows
 * the events, so a request waits for nobody.
 */
export function stageGate(options) {
  const stagebell = createClient(options);
  const stages = new Map();
  const stop = new AbortController();
  follow().catch((error) => options.onError?.(error));
  return { whileActive, close: () => stop.abort() };

  function whileActive(id) {
    return async (_request, response, next) => {
      try {
        const stage = await (stages.get(id) ?? read(id));
        if (stage.status === 'active') return next();
        const [status, title] = stage.status === 'pending' ? [403, 'Not open yet'] : [410, 'Closed'];
        response.status(status).json({ title, opens: stage.start_date, closes: stage.end_date });
      } catch (error) {
        next(error);
      }
    };
  }

  /** A promise is kept, so that a crowd of first requests asks once. */
  function read(id) {
    const reading = stagebell.getStage({ params: { id } }).catch((error) => {
      stages.delete(id);
      throw error;
    });
    stages.set(id, reading);
    return reading;
  }

  async function follow() {
    while (!stop.signal.aborted) {
      try {
        const { read_to: after } = await stagebell.listEvents({ query: { after: 'latest' } });
        // What was read before this place may have changed since.
        stages.clear();
        for await (const { data } of stagebell.events({ after, signal: stop.signal })) {
          if (stages.has(data.stage_id)) read(data.stage_id);
        }
      } catch (error) {
        stages.clear();
        if (error.name !== 'LostPlaceError') throw error;
      }
    }
  }
}
