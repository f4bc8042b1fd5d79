import { messageOf, StagebellError } from '../base/errors.ts';
import { loadConfig } from '../config/config.ts';

/** Asks the service that runs on this machine. It alone has its embedded database, so a command cannot open it. */
export async function askRunningService<T>(env: NodeJS.ProcessEnv, method: 'GET' | 'POST', path: string): Promise<T> {
  const { http } = loadConfig(env);
  const url = `http://${http.host}:${http.port}${path}`;
  try {
    const response = await fetch(url, { method });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return (await response.json()) as T;
  } catch (error) {
    throw new StagebellError(
      'service_silent',
      503,
      `The data folder is in use by another process, and the service could not be asked at ${url}: ${messageOf(error)}. Set PORT and HOST as for the running service.`,
    );
  }
}

export const isFolderInUse = (error: unknown): boolean =>
  error instanceof StagebellError && error.code === 'data_dir_in_use';
