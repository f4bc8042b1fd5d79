import type { Trouble } from '../base/health.ts';

/** Why a Redis gave no lock, in words. */
export type Refusal = Required<Pick<Trouble, 'cause' | 'cure' | 'detail'>>;

type Words = readonly [told: RegExp, cause: string, cure: string];

const ACL =
  'give the user of REDIS_URL ~stagebell:* +eval +evalsha +exists +get +set +del +pttl (and +select for a database other than 0)';
const SINGLE = 'point REDIS_URL at a Redis without cluster mode, or at three independent ones';
const PRIMARY = 'point REDIS_URL at the primary, or promote this one (REPLICAOF NO ONE)';
const LOGIN = 'correct the user and the password in REDIS_URL';
const UNVERIFIED =
  'name its authority in REDIS_TLS_CA (a PEM file), or set REDIS_TLS_VERIFY=false to encrypt without verifying, as Heroku needs';
const RAW = 'check that REDIS_URL names a Redis, with its port, and redis: or rediss: as the server expects';

/**
 * What Redis, its kin and the way to it answer where there is no lock to be had. The first that fits
 * counts: a script's error carries the reason in the middle of its text.
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
  [/LOADING/, 'Redis is loading its data (LOADING)', 'wait until it has; Stagebell goes on by itself'],
  [
    /\bBUSY\b|BUSY Redis/,
    'Redis is busy with a script that does not end (BUSY)',
    'SCRIPT KILL, and mend the program that sent the script',
  ],
  [
    /CLUSTERDOWN|MOVED|\bASK \d|CROSSSLOT|TRYAGAIN/,
    'Redis is a node of a cluster, where the lock is elsewhere',
    SINGLE,
  ],
  [
    /DB index is out of range|SELECT is not allowed/,
    'Redis does not have the database number of REDIS_URL',
    'correct the number after the last / of REDIS_URL, or leave it away',
  ],
  [
    /WRONGTYPE/,
    'The key of the lock holds something that is no lock: it was not written by Stagebell (WRONGTYPE)',
    'delete the key stagebell:leader:... in Redis; stagebell doctor names it',
  ],
  [
    /NOSCRIPT|unknown command|not supported|unsupported/i,
    'Redis does not know EVAL and EVALSHA: a Sentinel, a proxy, or scripts switched off',
    'point REDIS_URL at a Redis itself that runs scripts',
  ],
  [/max number of clients/, 'Redis has no connection left (maxclients)', 'raise maxclients, or close idle clients'],
  [
    /DENIED/,
    'Redis refuses connections from other hosts: protected mode (DENIED)',
    'set a password in Redis and in REDIS_URL',
  ],
  [
    /self.signed|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|unable to (verify|get)/i,
    'The certificate of Redis is signed by no authority that is known here',
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
    'Redis asks for a certificate of the client',
    'set tls-auth-clients no in Redis: Stagebell logs in by user and password',
  ],
  [
    /wrong version number|WRONG_VERSION_NUMBER|packet length too long|EPROTO|Protocol error|Unknown RESP type/i,
    'What answers at REDIS_URL does not speak its protocol: plain where TLS is expected, or no Redis at all',
    RAW,
  ],
  [
    /Command timed out/,
    'Redis does not answer in time',
    'look at its load and at the way to it: an answer is waited for a quarter of LEADER_LEASE_MS, 800 ms at most',
  ],
  [/ENOTFOUND|EAI_AGAIN/, 'The host in REDIS_URL has no address', 'correct the host name, or mend the DNS'],
];

/** That nothing is heard, for whatever reason. */
const AWAY = [
  'Redis does not answer',
  'start Redis, or mend REDIS_URL: its host, its port, and rediss: where it expects TLS, else redis:',
] as const;
/** The driver's words where it did not even send, the connection was lost, or nothing came back. */
const SILENT =
  /isn't writeable|Connection is closed|timed out|ETIMEDOUT|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|EPIPE|socket|aborted/i;

/** @param error what a command, or the connection, ended with */
export function refusalOf(error: Error & { code?: string }): Refusal {
  const text = `${error.code ?? ''} ${error.message}`;
  const detail = error.message;
  const known = WORDS.find(([told]) => told.test(text));
  if (known !== undefined) return { cause: known[1], cure: known[2], detail };
  if (SILENT.test(text)) return { cause: AWAY[0], cure: AWAY[1], detail };
  // A class that nobody told us of. It names no host and no secret; the rest of the text may.
  const name = /^[A-Z][A-Z0-9_]{2,30}\b/.exec(error.message)?.[0] ?? 'ERR';
  return { cause: `Redis refuses the lock (${name})`, cure: 'see what Redis says: stagebell doctor shows it', detail };
}
