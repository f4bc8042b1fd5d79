import type { Trouble } from '../base/health.ts';

/** Why a Redis server gave no lock, in words. */
export type LockRefusal = Required<Pick<Trouble, 'cause' | 'cure' | 'detail'>>;

type Words = readonly [told: RegExp, cause: string, cure: string];

const ACL =
  'give the user of REDIS_URL ~stagebell:* +eval +evalsha +exists +get +set +del +pttl (and +select for a database other than 0)';
const SINGLE = 'point REDIS_URL at a Redis without cluster mode, or at three independent ones';
const PRIMARY = 'point REDIS_URL at the primary, or promote this one (REPLICAOF NO ONE)';
const LOGIN = 'correct the user and the password in REDIS_URL';
const UNVERIFIED =
  'name its certificate authority in REDIS_TLS_CA (a PEM file), or set REDIS_TLS_VERIFY=false to encrypt without verifying, as Heroku needs';
const RAW =
  'check that REDIS_URL has the host and the port of a Redis, and rediss: if the server expects TLS, else redis:';

/**
 * Answers that mean no lock, from Redis, from servers like it, or from the network. The first match counts, anywhere in
 * the text: a script's error has the reason in its middle.
 */
const WORDS: readonly Words[] = [
  [/READONLY/, 'Redis refuses writes: it is a replica (READONLY)', PRIMARY],
  [/MASTERDOWN/, 'Redis refuses commands: it is a replica without its primary (MASTERDOWN)', PRIMARY],
  [
    /\bOOM\b/,
    'Redis refuses writes: it is out of memory (OOM)',
    'raise maxmemory, or remove keys; a Redis of its own for Stagebell needs 1 MB',
  ],
  [
    /MISCONF/,
    'Redis refuses writes: it cannot save to its disk (MISCONF)',
    'make room on its disk, or CONFIG SET stop-writes-on-bgsave-error no: locks need no saving',
  ],
  [
    /NOREPLICAS/,
    'Redis refuses writes: it has too few replicas (NOREPLICAS)',
    'mend the replicas, or CONFIG SET min-replicas-to-write 0',
  ],
  [/NOPERM|can't run this command/, 'Redis refuses the lock: the user lacks a right (NOPERM)', ACL],
  [/NOAUTH/, 'Redis refuses the login: it asks for a password (NOAUTH)', LOGIN],
  [/WRONGPASS|invalid password|AUTH failed/i, 'Redis refuses the login: wrong user or password (WRONGPASS)', LOGIN],
  [/no password is set/i, 'Redis refuses the login: it has no such user', LOGIN],
  [/LOADING/, 'Redis is loading its data (LOADING)', 'wait until it is ready; Stagebell goes on by itself'],
  [
    /\bBUSY\b|BUSY Redis/,
    'Redis is busy with a script that does not end (BUSY)',
    'SCRIPT KILL, and mend the program that sent the script',
  ],
  [
    /CLUSTERDOWN|MOVED|\bASK \d|CROSSSLOT|TRYAGAIN/,
    'Redis is a node of a cluster, and the lock belongs to another node',
    SINGLE,
  ],
  [
    /DB index is out of range|SELECT is not allowed/,
    'Redis does not have the database number of REDIS_URL',
    'correct the number after the last / in REDIS_URL, or leave it out',
  ],
  [
    /WRONGTYPE/,
    'The key of the lock holds something else, which Stagebell did not write (WRONGTYPE)',
    'delete the key stagebell:leader:... in Redis; stagebell doctor names it',
  ],
  [
    /NOSCRIPT|unknown command|not supported|unsupported/i,
    'Redis does not know EVAL and EVALSHA: it is a Sentinel or a proxy, or scripts are switched off',
    'point REDIS_URL at a Redis server that runs scripts',
  ],
  [/max number of clients/, 'Redis has no connection left (maxclients)', 'raise maxclients, or close idle clients'],
  [
    /DENIED/,
    'Redis refuses connections from other hosts: protected mode (DENIED)',
    'set a password in Redis and in REDIS_URL',
  ],
  [
    /self.signed|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|unable to (verify|get)/i,
    'The certificate of Redis is signed by an authority that is unknown here',
    UNVERIFIED,
  ],
  [
    /ALTNAME_INVALID|does not match certificate/,
    'The certificate of Redis is for another name than the one in REDIS_URL',
    'use the name in the certificate, or set REDIS_TLS_VERIFY=false to encrypt without verifying',
  ],
  [/CERT_HAS_EXPIRED|certificate has expired/, 'The certificate of Redis has expired', 'renew it'],
  [
    /certificate required|CERTIFICATE_REQUIRED|handshake failure/i,
    'Redis asks for a client certificate',
    'set tls-auth-clients no in Redis: Stagebell logs in with user and password',
  ],
  [
    /wrong version number|WRONG_VERSION_NUMBER|packet length too long|EPROTO|Protocol error|Unknown RESP type/i,
    'The server at REDIS_URL does not speak the expected protocol: TLS on one side only, or no Redis at all',
    RAW,
  ],
  [
    /Command timed out/,
    'Redis does not answer in time',
    'look at its load and at the network: Stagebell waits a quarter of LEADER_LEASE_MS for an answer, 800 ms at most',
  ],
  [/ENOTFOUND|EAI_AGAIN/, 'The host name in REDIS_URL cannot be resolved', 'correct the host name, or mend DNS'],
];

/** No answer, for whatever reason. */
const AWAY = [
  'Redis does not answer',
  'start Redis, or correct REDIS_URL: its host, its port, and rediss: if it expects TLS, else redis:',
] as const;
/** What the driver says when it could not send, lost the connection, or got no answer. */
const SILENT =
  /isn't writeable|Connection is closed|timed out|ETIMEDOUT|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|EPIPE|socket|aborted/i;

/** @param error what a command, or the connection, ended with */
export function lockRefusalOf(error: Error & { code?: string }): LockRefusal {
  const text = `${error.code ?? ''} ${error.message}`;
  const detail = error.message;
  const known = WORDS.find(([told]) => told.test(text));
  if (known !== undefined) return { cause: known[1], cure: known[2], detail };
  if (SILENT.test(text)) return { cause: AWAY[0], cure: AWAY[1], detail };
  // An error class that we do not know. It is safe to show; the rest of the text may name a host or a secret.
  const name = /^[A-Z][A-Z0-9_]{2,30}\b/.exec(error.message)?.[0] ?? 'ERR';
  return { cause: `Redis refuses the lock (${name})`, cure: 'see what Redis says: stagebell doctor shows it', detail };
}
