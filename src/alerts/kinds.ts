/** Alerts that are not about a part of an instance, by their kinds. `webhook` is raised by the webhooks themselves. */
export const KIND = {
  noLeader: 'no_leader',
  overdue: 'overdue',
  termsFlapping: 'terms_flapping',
  eventLoop: 'event_loop',
  recordUnread: 'record_unread',
  webhook: 'webhook',
} as const;

const OWN: readonly string[] = Object.values(KIND);

/** Whether alerts of this kind are about a part, as `degraded` names it. */
export const isPart = (kind: string): boolean => !OWN.includes(kind);
