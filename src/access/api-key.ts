/** What a key may do; each scope includes those before it. */
export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** One API key: who it is, what it may do, and the SHA-256 of its secret. */
export interface ApiKey {
  name: string;
  scope: Scope;
  sha256: Buffer;
}

/** All scopes of a key. */
export const scopesOf = ({ scope }: Pick<ApiKey, 'scope'>): readonly Scope[] =>
  SCOPES.slice(0, SCOPES.indexOf(scope) + 1);
