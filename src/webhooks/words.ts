import { messageOf } from '../base/errors.ts';

const BY_CODE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known to the DNS',
  ENODATA: 'its name has no address in the DNS',
  ETIMEOUT: 'the DNS did not answer',
  ESERVFAIL: 'the DNS server of its name failed',
  EAI_AGAIN: 'the DNS did not answer',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closed the connection without an answer',
  EPIPE: 'it closed the connection without an answer',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its network cannot be reached from here',
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself: get one from a public authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown authority: get one from a public authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'it does not send the certificates in between: send the whole chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown authority: send the whole chain',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  EPROTO: 'it does not speak TLS there',
};

/** Why no answer came, in words for whoever runs the endpoint. */
export function inWords(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (error instanceof AggregateError && error.errors.length > 0) return inWords(error.errors[0]);
  if (typeof code === 'string') {
    if (code.startsWith('HPE_')) return 'what it answered is not HTTP';
    const known = BY_CODE[code];
    if (known !== undefined) return known;
  }
  return messageOf(error).slice(0, 300);
}

/** What a status says about the endpoint, where it is no success. @param location of a redirect */
export function statusInWords(status: number, location: string | undefined): string {
  if (status >= 300 && status < 400) {
    const to = location === undefined ? '' : ` to ${location.slice(0, 200)}`;
    return `answered ${status}, a redirect${to}: it is not followed; change the url of the webhook`;
  }
  if (status === 410) return 'answered 410: it wants no more events';
  if (status === 429) return 'answered 429: it asks to come later';
  return `answered ${status}`;
}
