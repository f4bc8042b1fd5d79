import { messageOf, StagebellError } from '../base/errors.ts';
import { loadConfig } from '../config/config.ts';

type Method = 'GET' | 'POST' | 'DELETE';

/**
 * Asks the service that runs on this machine. It alone has its embedded database, so a command cannot open it. If the
 * service wants a key, STAGEBELL_KEY has the secret of one.
 */
export async function askRunningService<T>(
  env: NodeJS.ProcessEnv,
  method: Method,
  path: string,
  body?: object,
): Promise<T> {
  const { http } = loadConfig(env);
  const url = `http://${http.host}:${http.port}${path}`;
  const secret = env['STAGEBELL_KEY'];
  const headers = {
    ...(secret ? { authorization: `Bearer ${secret}` } : {}),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  try {
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`it answered ${response.status}${detailOf(text)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  } catch (error) {
    throw new StagebellError(
      'service_silent',
      503,
      `The data folder is in use by another process, and the service could not be asked at ${url}: ${messageOf(error)}. Set PORT and HOST as for the running service, and STAGEBELL_KEY to the secret of a key if it wants one.`,
    );
  }
}

/** What a problem says for people. */
function detailOf(text: string): string {
  try {
    return `: ${(JSON.parse(text) as { detail: string }).detail}`;
  } catch {
    return '';
  }
}

export const isFolderInUse = (error: unknown): boolean =>
  error instanceof StagebellError && error.code === 'data_dir_in_use';
