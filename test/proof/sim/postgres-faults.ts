/** What is wrong with one host's way to PostgreSQL just now. Shares are of statements. */
export interface PostgresFaults {
  /** Nothing gets through in either direction. */
  isCut: boolean;
  /** Refused before anything was done. */
  errorBefore: number;
  /** Done and committed, and then the answer is an error. */
  errorAfter: number;
  /** Done, and no answer comes. */
  lostAnswer: number;
  /** Up to so many milliseconds before a statement runs. */
  slowMs: number;
  /** Up to so many milliseconds before a notification arrives. */
  lateNotificationsMs: number;
  /** Of notifications that never arrive on a connection which seems to be alive. */
  lostNotifications: number;
}

export const noPostgresFaults = (): PostgresFaults => ({
  isCut: false,
  errorBefore: 0,
  errorAfter: 0,
  lostAnswer: 0,
  slowMs: 0,
  lateNotificationsMs: 0,
  lostNotifications: 0,
});
