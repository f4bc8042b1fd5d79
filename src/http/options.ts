import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Database, Queryable } from '../db/database.ts';
import type { Hub } from '../events/hub.ts';
import type { WebhookDesk } from '../webhooks/webhooks.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Security } from './security.ts';
import type { ServiceView } from './service-view.ts';

/** What the HTTP floor is given; the routes get the same. */
export interface HttpOptions {
  database: Database;
  /** Runs the statements that the leader runs too: leadership, overdue, a sweep by hand. */
  db: Queryable;
  log: Log;
  clock: Clock;
  /** Named on transitions that an edit through this instance makes. */
  instance: string;
  /** `clock` serves only the probes, the metrics, and the description of these. */
  role: 'all' | 'web' | 'clock';
  security: Security;
  limits: RateLimits;
  /** Pages of these origins may call; null: none. */
  corsOrigins: readonly string[] | null;
  /** The names of the keys in the configuration, which no stored key may have. */
  keyNames: readonly string[];
  /** What something in front puts before every path, such as `/bell`; nothing by default. */
  basePath?: string;
  view: ServiceView;
  metrics: HttpMetrics;
  /** Live streams of events. */
  hub: Hub;
  random: () => number;
  webhooks: WebhookDesk;
}

export interface HttpMetrics {
  readonly contentType: string;
  render(): Promise<string>;
  /** A sweep by hand moved these. */
  swept(moved: { activated: number; completed: number }): void;
  /** @param route the path's pattern, so that ids do not become labels */
  observeHttp(route: string, method: string, status: number, seconds: number): void;
}
