import type { ApiKey } from './api-key.ts';

/** Keys that are not in the configuration. src/keys has those of the database. */
export interface KeyStore {
  /**
   * The key whose secret has this SHA-256 (hex), if it is valid now.
   * @throws DatabaseUnavailableError when that cannot be known
   */
  find(sha256: string): Promise<Pick<ApiKey, 'name' | 'scope'> | null>;
}
