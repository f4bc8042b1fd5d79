/** Whether a host name, or an address without its port, is this machine's own and no other's. */
export function isLoopback(host: string): boolean {
  return /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|(.+\.)?localhost|::1)$/i.test(host);
}
