// Made by `npm run openapi`.

/* The bodies of requests and answers, and what each call takes. */

/**
 * RFC 3339 with its offset, from 1970 to 2199 in UTC. Anything finer than milliseconds is rounded up. There are no leap seconds.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "GivenInstant".
 */
export type GivenInstant = string;
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Id".
 */
export type Id = string;
/**
 * UTC with milliseconds.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Instant".
 */
export type Instant = string;
/**
 * It is derived from the dates.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Status".
 */
export type Status = 'pending' | 'active' | 'completed';
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "EventType".
 */
export type EventType =
  | 'assignment.created'
  | 'assignment.edited'
  | 'assignment.deleted'
  | 'stage.created'
  | 'stage.edited'
  | 'stage.deleted'
  | 'stage.activated'
  | 'stage.completed'
  | 'stage.reopened'
  | 'stage.postponed'
  | 'alert.raised'
  | 'alert.resolved';
/**
 * Made of its own row alone, so it is the same at every reading.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Event".
 */
export type Event = ChangeEvent | TransitionEvent | AlertEvent;
/**
 * What the key may do: write includes read, and admin includes both.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Scope".
 */
export type Scope = 'read' | 'write' | 'admin';
/**
 * For programs: it is stable.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ProblemCode".
 */
export type ProblemCode =
  | 'malformed_request'
  | 'malformed_json'
  | 'malformed_utf8'
  | 'body_required'
  | 'body_incomplete'
  | 'malformed_if_match'
  | 'malformed_on_behalf_of'
  | 'malformed_idempotency_key'
  | 'condition_not_supported'
  | 'unauthorized'
  | 'forbidden'
  | 'foreign_host'
  | 'foreign_origin'
  | 'not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'conflict'
  | 'idempotency_in_flight'
  | 'events_pruned'
  | 'events_ahead'
  | 'stale_version'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'expectation_failed'
  | 'idempotency_key_reused'
  | 'validation_failed'
  | 'rate_limited'
  | 'headers_too_large'
  | 'internal_error'
  | 'not_implemented'
  | 'starting'
  | 'database_unavailable'
  | 'database_busy'
  | 'schema_mismatch'
  | 'jwks_unavailable'
  | 'leadership_lost'
  | 'disk_full'
  | 'data_dir_unusable'
  | 'data_dir_in_use'
  | 'data_dir_lost'
  | 'overloaded';

/**
 * Each call: what it takes, and what it answers.
 */
export interface Operations {
  /**
   * The process is alive
   */
  isAlive: {
    answer: Alive;
  };
  /**
   * Database, schema and leadership are known; 503 and reasons otherwise
   */
  isReady: {
    answer: Ready;
  };
  /**
   * Prometheus text
   */
  getMetrics: {
    answer: string;
  };
  /**
   * Create the assignment with this external_id, or bring it and its stages to this state; idempotent
   */
  putAssignment: {
    params: {
      external_id: string;
    };
    body: WantedAssignment;
    answer: PutAssignment;
  };
  /**
   * Read the assignment with this external_id, with its stages
   */
  getAssignmentByExternalId: {
    params: {
      /**
       * Its id in another system: 1 to 200 characters, no blank at an end, no control characters, not . or ..
       */
      external_id: string;
    };
    answer: AssignmentWithStages;
  };
  /**
   * Create an assignment with its stages, all or nothing
   */
  createAssignment: {
    body: NewAssignment;
    answer: AssignmentWithStages;
  };
  /**
   * List assignments by age, update or title, without their stages
   */
  listAssignments: {
    query?: {
      /**
       * Only those with this text in the title; upper and lower case are the same.
       */
      title?: string;
      /**
       * Only these, up to 200, separated by commas; then limit defaults to as many.
       */
      ids?: string | string[];
      /**
       * Only the one with this id of yours.
       */
      external_id?: string;
      /**
       * Only those updated at this instant or later. Stages have updates of their own.
       */
      updated_since?: string;
      /**
       * Ascending, then by id.
       */
      order?: 'created' | 'updated' | 'title';
      /**
       * The most items that a page has.
       */
      limit?: number;
      /**
       * Where to go on: next_cursor of the page before, as it was given.
       */
      cursor?: string;
    };
    answer: AssignmentPage;
  };
  /**
   * Read an assignment with its stages
   */
  getAssignment: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    answer: AssignmentWithStages;
  };
  /**
   * Change an assignment; its stages have edits of their own
   */
  editAssignment: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    body: AssignmentPatch;
    answer: AssignmentWithStages;
  };
  /**
   * Delete an assignment with its stages
   */
  deleteAssignment: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    query?: {
      /**
       * Why, for the record: 1 to 500 characters.
       */
      reason?: string;
    };
    answer: undefined;
  };
  /**
   * Add a stage to an assignment
   */
  addStage: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    body: AddedStage;
    answer: Stage;
  };
  /**
   * List stages by start_date, end_date or update; those without such a date come last
   */
  listStages: {
    query?: {
      /**
       * Only those with one of these recorded statuses, separated by commas.
       */
      status?: string | string[];
      /**
       * Only those of these assignments, up to 200, separated by commas.
       */
      assignment_id?: string | string[];
      /**
       * Only these, up to 200, separated by commas; then limit defaults to as many.
       */
      ids?: string | string[];
      /**
       * Only those with this id of yours.
       */
      external_id?: string;
      /**
       * Only those with a start_date from this instant on; + is written %2B.
       */
      starts_from?: string;
      /**
       * Only those with a start_date before this instant.
       */
      starts_before?: string;
      /**
       * Only those with an end_date from this instant on.
       */
      ends_from?: string;
      /**
       * Only those with an end_date before this instant.
       */
      ends_before?: string;
      /**
       * Only those updated at this instant or later.
       */
      updated_since?: string;
      /**
       * Ascending, then by id; those without such a date come last.
       */
      order?: 'start_date' | 'end_date' | 'updated_at';
      /**
       * The most items that a page has.
       */
      limit?: number;
      /**
       * Where to go on: next_cursor of the page before, as it was given.
       */
      cursor?: string;
    };
    answer: StagePage;
  };
  /**
   * Change up to 1,000 stages, all or none; dry_run=true shows the result and changes nothing
   */
  editStages: {
    query?: {
      /**
       * true: does everything, shows it, and undoes it.
       */
      dry_run?: 'true' | 'false';
    };
    body: StageEdits;
    answer: EditedStages;
  };
  /**
   * Read a stage
   */
  getStage: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    answer: Stage;
  };
  /**
   * Change a stage: its status follows from its dates in the same transaction
   */
  editStage: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    body: StagePatch;
    answer: Stage;
  };
  /**
   * Delete a stage; its transitions stay on the record
   */
  deleteStage: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    query?: {
      /**
       * Why, for the record: 1 to 500 characters.
       */
      reason?: string;
    };
    answer: undefined;
  };
  /**
   * Activate now: sets start_date to now
   */
  activateStage: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    body?: Because;
    answer: Stage;
  };
  /**
   * Complete now: sets end_date to now
   */
  completeStage: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    body?: Because;
    answer: Stage;
  };
  /**
   * The record of all transitions in order; next_cursor is null when you have caught up: ask again with the last id as after
   */
  listTransitions: {
    query?: {
      /**
       * The most items that a page has.
       */
      limit?: number;
      /**
       * Read what comes behind this transition: its id, with or without its leading zeros, or 0 for the beginning. The highest is 9223372036854775807.
       */
      cursor?: string;
      /**
       * Read what comes behind this transition: its id, with or without its leading zeros, or 0 for the beginning. The highest is 9223372036854775807.
       */
      after?: string;
      /**
       * Only those of the stages of this assignment.
       */
      assignment_id?: string;
      /**
       * Only those to this status.
       */
      to?: 'pending' | 'active' | 'completed';
      /**
       * Only those from this instant on; + is written %2B.
       */
      occurred_from?: string;
      /**
       * Only those before this instant.
       */
      occurred_before?: string;
    };
    answer: TransitionPage;
  };
  /**
   * The history of a stage, oldest first; a deleted stage keeps its own
   */
  listStageTransitions: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    query?: {
      /**
       * The most items that a page has.
       */
      limit?: number;
      /**
       * Read what comes behind this transition: its id, with or without its leading zeros, or 0 for the beginning. The highest is 9223372036854775807.
       */
      cursor?: string;
    };
    answer: TransitionPage;
  };
  /**
   * Transitions and changes in the order of their commits; next_cursor is null when you have caught up: ask again with read_to as after
   */
  listEvents: {
    query?: {
      /**
       * Read what comes behind this event: its id, with or without its leading zeros, or 0 for the beginning. The highest is 9223372036854775807-2147483647. With latest there are no items, and read_to is the end of the record.
       */
      after?: string;
      /**
       * Read what comes behind this event: its id, with or without its leading zeros, or 0 for the beginning. The highest is 9223372036854775807-2147483647.
       */
      cursor?: string;
      /**
       * The most items that a page has.
       */
      limit?: number;
      /**
       * Only these, separated by commas.
       */
      types?: EventType | EventType[];
      /**
       * Only of this assignment and its stages.
       */
      assignment_id?: string;
      /**
       * Only of this stage.
       */
      stage_id?: string;
    };
    answer: EventPage;
  };
  /**
   * Changes and transitions of a stage, oldest first; they outlive it
   */
  getStageHistory: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    query?: {
      /**
       * Read what comes behind this event: its id, with or without its leading zeros, or 0 for the beginning. The highest is 9223372036854775807-2147483647.
       */
      cursor?: string;
      /**
       * The most items that a page has.
       */
      limit?: number;
    };
    answer: HistoryPage;
  };
  /**
   * Changes and transitions of an assignment and its stages, oldest first; they outlive it
   */
  getAssignmentHistory: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    query?: {
      /**
       * Read what comes behind this event: its id, with or without its leading zeros, or 0 for the beginning. The highest is 9223372036854775807-2147483647.
       */
      cursor?: string;
      /**
       * The most items that a page has.
       */
      limit?: number;
    };
    answer: HistoryPage;
  };
  /**
   * Have events delivered to an endpoint; the answer shows the secret, once
   */
  createWebhook: {
    body: NewWebhook;
    answer: WebhookWithSecret;
  };
  /**
   * List webhooks, oldest first
   */
  listWebhooks: {
    query?: {
      /**
       * The most items that a page has.
       */
      limit?: number;
      /**
       * Where to go on: next_cursor of the page before, as it was given.
       */
      cursor?: string;
    };
    answer: WebhookPage;
  };
  /**
   * Read a webhook, without its secret
   */
  getWebhook: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    answer: Webhook;
  };
  /**
   * Change a webhook, pause it, or let it go on: state active also enables one that was disabled
   */
  editWebhook: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    body: WebhookPatch;
    answer: Webhook;
  };
  /**
   * Delete a webhook, with the log of its deliveries
   */
  deleteWebhook: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    answer: undefined;
  };
  /**
   * Send an event of the type webhook.test now, and tell what the endpoint answered; it is not in the log
   */
  testWebhook: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    answer: WebhookTest;
  };
  /**
   * Give a webhook a new secret, shown once; for a while the one before signs as well
   */
  rotateWebhookSecret: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    body?: SecretRotation;
    answer: WebhookWithSecret;
  };
  /**
   * Deliver events again, from one event or instant on; they have the same ids and bodies as before
   */
  replayWebhook: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    body: Replay;
    answer: Webhook;
  };
  /**
   * How each event went, latest first; kept for 30 days
   */
  listWebhookDeliveries: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    query?: {
      /**
       * Only those in this state.
       */
      state?: 'pending' | 'succeeded' | 'failed';
      /**
       * Only that of this event.
       */
      event?: string;
      /**
       * The most items that a page has.
       */
      limit?: number;
      /**
       * Where to go on: next_cursor of the page before, as it was given.
       */
      cursor?: string;
    };
    answer: WebhookDeliveryPage;
  };
  /**
   * Send one again now, also one that was given up
   */
  retryWebhookDelivery: {
    params: {
      /**
       * As in answers.
       */
      id: string;
      /**
       * As in answers.
       */
      delivery_id: string;
    };
    answer: WebhookDelivery;
  };
  /**
   * Boundaries that are outstanding, soonest first, with how many stages share each
   */
  listBoundaries: {
    query?: {
      /**
       * The most items that a page has.
       */
      limit?: number;
      /**
       * Where to go on: next_cursor of the page before, as it was given.
       */
      cursor?: string;
    };
    answer: SchedulePage;
  };
  /**
   * Who leads, what is armed here, what is overdue
   */
  getScheduler: {
    answer: Scheduler;
  };
  /**
   * A sweep now, on any instance
   */
  reconcile: {
    body?: Because;
    answer: Reconciled;
  };
  /**
   * Create an API key; its secret is shown this once
   */
  createKey: {
    body: NewKey;
    answer: CreatedKey;
  };
  /**
   * List the keys in the database, oldest first; without their secrets, and with those that were revoked
   */
  listKeys: {
    query?: {
      /**
       * The most items that a page has.
       */
      limit?: number;
      /**
       * Where to go on: next_cursor of the page before, as it was given.
       */
      cursor?: string;
    };
    answer: KeyPage;
  };
  /**
   * Read a key, without its secret
   */
  getKey: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    answer: Key;
  };
  /**
   * Revoke a key: it opens nothing from now on, on any instance; the same once more changes nothing
   */
  revokeKey: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    query?: {
      /**
       * Why, for the record: 1 to 500 characters.
       */
      reason?: string;
    };
    answer: undefined;
  };
  /**
   * What operators should know, the latest first
   */
  listAlerts: {
    query?: {
      /**
       * open: those that last. resolved: those that are over.
       */
      state?: 'open' | 'resolved' | 'all';
      /**
       * Only of this kind.
       */
      kind?: string;
      /**
       * The most items that a page has.
       */
      limit?: number;
      /**
       * Where to go on: next_cursor of the page before, as it was given.
       */
      cursor?: string;
    };
    answer: AlertPage;
  };
  /**
   * One alert, open or resolved
   */
  getAlert: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    answer: Alert;
  };
  /**
   * The stages of an assignment as a calendar, for the holder of a token
   */
  getAssignmentCalendar: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    query?: {
      /**
       * The token of this feed. Without a valid one: 404.
       */
      token?: string;
    };
    answer: string;
  };
  /**
   * The stages of all assignments as a calendar, for the holder of a token
   */
  getCalendar: {
    query?: {
      /**
       * The token of this feed. Without a valid one: 404.
       */
      token?: string;
    };
    answer: string;
  };
  /**
   * Make a token for a calendar feed; it and the address are shown this once
   */
  createCalendarToken: {
    body: NewCalendarToken;
    answer: CreatedCalendarToken;
  };
  /**
   * List calendar tokens by age, those that were revoked too; without the tokens themselves
   */
  listCalendarTokens: {
    query?: {
      /**
       * The most items that a page has.
       */
      limit?: number;
      /**
       * Where to go on: next_cursor of the page before, as it was given.
       */
      cursor?: string;
      /**
       * Only those for this assignment.
       */
      assignment_id?: string;
    };
    answer: CalendarTokenPage;
  };
  /**
   * Revoke a calendar token: from now on its feed is 404, on every instance
   */
  revokeCalendarToken: {
    params: {
      /**
       * As in answers.
       */
      id: string;
    };
    query?: {
      /**
       * Why, for the record: 1 to 500 characters.
       */
      reason?: string;
    };
    answer: undefined;
  };
  /**
   * This description in OpenAPI 3.1, of what this instance serves
   */
  getOpenApi: {
    answer: OpenApi;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Alive".
 */
export interface Alive {
  status: 'alive';
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Ready".
 */
export interface Ready {
  status: 'ready';
  /**
   * The parts that are out of order here; empty is normal.
   */
  degraded: string[];
}
/**
 * Fields that are left out stay as they are; in a new assignment they get the defaults of POST.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "WantedAssignment".
 */
export interface WantedAssignment {
  /**
   * 1 to 200 characters, after blanks at both ends are trimmed, and no U+0000.
   */
  title: string;
  /**
   * An IANA name with its area, such as Asia/Shanghai, or UTC.
   */
  time_zone?: string;
  /**
   * Its id in another system: 1 to 200 characters, no blank at an end, no control characters, not . or ..
   */
  external_id?: string;
  description?: string | null;
  /**
   * Texts by name. It is replaced as a whole; null empties it.
   */
  metadata?: ({
    [k: string]: string | undefined;
  } | null) &
    (
      | ({
          [k: string]: string | undefined;
        } | null)
      | (({
          [k: string]: string | undefined;
        } | null) &
          null)
    );
  /**
   * Each with a different external_id.
   *
   * @maxItems 500
   */
  stages?: WantedStage[];
  /**
   * Whether stages whose external_id is not among these are deleted; false by default. Stages without one stay.
   */
  delete_missing?: boolean;
  /**
   * Why, for the record: 1 to 500 characters.
   */
  reason?: string;
}
/**
 * Fields that are left out stay as they are.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "WantedStage".
 */
export interface WantedStage {
  /**
   * 1 to 200 characters, after blanks at both ends are trimmed, and no U+0000.
   */
  name: string;
  /**
   * Its place among the stages of its assignment, lowest first.
   */
  position?: number;
  /**
   * When it becomes active; null: not planned yet.
   */
  start_date?: GivenInstant | null;
  /**
   * When it is completed, later than start_date; null: open-ended.
   */
  end_date?: GivenInstant | null;
  /**
   * Its id in another system: 1 to 200 characters, no blank at an end, no control characters, not . or ..
   */
  external_id: string;
  description?: string | null;
  /**
   * Texts by name. It is replaced as a whole; null empties it.
   */
  metadata?: ({
    [k: string]: string | undefined;
  } | null) &
    (
      | ({
          [k: string]: string | undefined;
        } | null)
      | (({
          [k: string]: string | undefined;
        } | null) &
          null)
    );
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "PutAssignment".
 */
export interface PutAssignment {
  id: Id;
  title: string;
  /**
   * Its id in another system.
   */
  external_id: string | null;
  description: string | null;
  /**
   * Texts by name; empty by default.
   */
  metadata: {
    [k: string]: unknown | undefined;
  };
  /**
   * An IANA name, for people who read the dates. It moves no instant.
   */
  time_zone: string;
  /**
   * Raised by each change. It is the ETag, without the quotes.
   */
  version: number;
  created_at: Instant;
  updated_at: Instant;
  /**
   * By position.
   *
   * @maxItems 1000
   */
  stages: Stage[];
  /**
   * There are more stages: GET /v1/stages?assignment_id= has them.
   */
  stages_truncated?: true;
  changes: PutChanges;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Stage".
 */
export interface Stage {
  id: Id;
  assignment_id: Id;
  name: string;
  /**
   * Its id in another system.
   */
  external_id: string | null;
  description: string | null;
  /**
   * Texts by name; empty by default.
   */
  metadata: {
    [k: string]: unknown | undefined;
  };
  /**
   * Its place among the stages of its assignment, lowest first.
   */
  position: number;
  /**
   * When it becomes active; null: not planned yet.
   */
  start_date: Instant | null;
  /**
   * When it is completed; null: open-ended.
   */
  end_date: Instant | null;
  /**
   * The recorded status.
   */
  status: 'pending' | 'active' | 'completed';
  /**
   * What the dates say at this read, by the database's clock. It differs from status only while a transition is being applied, or while nobody leads.
   */
  effective_status: 'pending' | 'active' | 'completed';
  /**
   * The next boundary; null: there is none.
   */
  next_transition: {
    to: 'active' | 'completed';
    at: Instant;
  } | null;
  /**
   * Raised by each change. It is the ETag, without the quotes.
   */
  version: number;
  created_at: Instant;
  updated_at: Instant;
}
/**
 * What was done to reach this state.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "PutChanges".
 */
export interface PutChanges {
  /**
   * Its own fields.
   */
  assignment: 'created' | 'edited' | 'unchanged';
  stages: {
    created: Id[];
    edited: Id[];
    deleted: Id[];
    unchanged: number;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "AssignmentWithStages".
 */
export interface AssignmentWithStages {
  id: Id;
  title: string;
  /**
   * Its id in another system.
   */
  external_id: string | null;
  description: string | null;
  /**
   * Texts by name; empty by default.
   */
  metadata: {
    [k: string]: unknown | undefined;
  };
  /**
   * An IANA name, for people who read the dates. It moves no instant.
   */
  time_zone: string;
  /**
   * Raised by each change. It is the ETag, without the quotes.
   */
  version: number;
  created_at: Instant;
  updated_at: Instant;
  /**
   * By position.
   *
   * @maxItems 1000
   */
  stages: Stage[];
  /**
   * There are more stages: GET /v1/stages?assignment_id= has them.
   */
  stages_truncated?: true;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "NewAssignment".
 */
export interface NewAssignment {
  /**
   * 1 to 200 characters, after blanks at both ends are trimmed, and no U+0000.
   */
  title: string;
  /**
   * An IANA name with its area, such as Asia/Shanghai, or UTC.
   */
  time_zone?: string;
  external_id?: string | null;
  description?: string | null;
  /**
   * Texts by name. It is replaced as a whole; null empties it.
   */
  metadata?: ({
    [k: string]: string | undefined;
  } | null) &
    (
      | ({
          [k: string]: string | undefined;
        } | null)
      | (({
          [k: string]: string | undefined;
        } | null) &
          null)
    );
  /**
   * Why, for the record: 1 to 500 characters.
   */
  reason?: string;
  /**
   * position defaults to the order in this list.
   *
   * @maxItems 500
   */
  stages?: NewStage[];
}
/**
 * end_date needs a start_date, and must be later.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "NewStage".
 */
export interface NewStage {
  /**
   * 1 to 200 characters, after blanks at both ends are trimmed, and no U+0000.
   */
  name: string;
  /**
   * Its place among the stages of its assignment, lowest first.
   */
  position?: number;
  /**
   * When it becomes active; null: not planned yet.
   */
  start_date?: GivenInstant | null;
  /**
   * When it is completed, later than start_date; null: open-ended.
   */
  end_date?: GivenInstant | null;
  external_id?: string | null;
  description?: string | null;
  /**
   * Texts by name. It is replaced as a whole; null empties it.
   */
  metadata?: ({
    [k: string]: string | undefined;
  } | null) &
    (
      | ({
          [k: string]: string | undefined;
        } | null)
      | (({
          [k: string]: string | undefined;
        } | null) &
          null)
    );
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "AssignmentPage".
 */
export interface AssignmentPage {
  /**
   * @maxItems 500
   */
  items: Assignment[];
  /**
   * Send it back as cursor, with the other parameters as they were. null: the last page.
   */
  next_cursor: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Assignment".
 */
export interface Assignment {
  id: Id;
  title: string;
  /**
   * Its id in another system.
   */
  external_id: string | null;
  description: string | null;
  /**
   * Texts by name; empty by default.
   */
  metadata: {
    [k: string]: unknown | undefined;
  };
  /**
   * An IANA name, for people who read the dates. It moves no instant.
   */
  time_zone: string;
  /**
   * Raised by each change. It is the ETag, without the quotes.
   */
  version: number;
  created_at: Instant;
  updated_at: Instant;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "AssignmentPatch".
 */
export interface AssignmentPatch {
  /**
   * 1 to 200 characters, after blanks at both ends are trimmed, and no U+0000.
   */
  title?: string;
  /**
   * An IANA name with its area, such as Asia/Shanghai, or UTC.
   */
  time_zone?: string;
  external_id?: string | null;
  description?: string | null;
  /**
   * Texts by name. It is replaced as a whole; null empties it.
   */
  metadata?: ({
    [k: string]: string | undefined;
  } | null) &
    (
      | ({
          [k: string]: string | undefined;
        } | null)
      | (({
          [k: string]: string | undefined;
        } | null) &
          null)
    );
  /**
   * Why, for the record: 1 to 500 characters.
   */
  reason?: string;
}
/**
 * end_date needs a start_date, and must be later.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "AddedStage".
 */
export interface AddedStage {
  /**
   * 1 to 200 characters, after blanks at both ends are trimmed, and no U+0000.
   */
  name: string;
  /**
   * Its place among the stages of its assignment, lowest first.
   */
  position?: number;
  /**
   * When it becomes active; null: not planned yet.
   */
  start_date?: GivenInstant | null;
  /**
   * When it is completed, later than start_date; null: open-ended.
   */
  end_date?: GivenInstant | null;
  external_id?: string | null;
  description?: string | null;
  /**
   * Texts by name. It is replaced as a whole; null empties it.
   */
  metadata?: ({
    [k: string]: string | undefined;
  } | null) &
    (
      | ({
          [k: string]: string | undefined;
        } | null)
      | (({
          [k: string]: string | undefined;
        } | null) &
          null)
    );
  /**
   * Why, for the record: 1 to 500 characters.
   */
  reason?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "StagePage".
 */
export interface StagePage {
  /**
   * @maxItems 500
   */
  items: Stage[];
  /**
   * Send it back as cursor, with the other parameters as they were. null: the last page.
   */
  next_cursor: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "StageEdits".
 */
export interface StageEdits {
  /**
   * At most one for each stage.
   *
   * @maxItems 1000
   */
  edits: StageEdit[];
  /**
   * Why, for the record: 1 to 500 characters.
   */
  reason?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "StageEdit".
 */
export interface StageEdit {
  id: string;
  /**
   * The ETag of the stage as you read it: the edit is done only if it is still current.
   */
  if_match?: string;
  /**
   * 1 to 200 characters, after blanks at both ends are trimmed, and no U+0000.
   */
  name?: string;
  /**
   * Its place among the stages of its assignment, lowest first.
   */
  position?: number;
  /**
   * When it becomes active; null: not planned yet.
   */
  start_date?: GivenInstant | null;
  /**
   * When it is completed, later than start_date; null: open-ended.
   */
  end_date?: GivenInstant | null;
  external_id?: string | null;
  description?: string | null;
  /**
   * Texts by name. It is replaced as a whole; null empties it.
   */
  metadata?: ({
    [k: string]: string | undefined;
  } | null) &
    (
      | ({
          [k: string]: string | undefined;
        } | null)
      | (({
          [k: string]: string | undefined;
        } | null) &
          null)
    );
  assignment_id?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "EditedStages".
 */
export interface EditedStages {
  /**
   * @maxItems 1000
   */
  items: {
    before: Stage;
    after: Stage;
  }[];
}
/**
 * end_date must be later than start_date, also when only one of them is given.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "StagePatch".
 */
export interface StagePatch {
  /**
   * 1 to 200 characters, after blanks at both ends are trimmed, and no U+0000.
   */
  name?: string;
  /**
   * Its place among the stages of its assignment, lowest first.
   */
  position?: number;
  /**
   * When it becomes active; null: not planned yet.
   */
  start_date?: GivenInstant | null;
  /**
   * When it is completed, later than start_date; null: open-ended.
   */
  end_date?: GivenInstant | null;
  external_id?: string | null;
  description?: string | null;
  /**
   * Texts by name. It is replaced as a whole; null empties it.
   */
  metadata?: ({
    [k: string]: string | undefined;
  } | null) &
    (
      | ({
          [k: string]: string | undefined;
        } | null)
      | (({
          [k: string]: string | undefined;
        } | null) &
          null)
    );
  assignment_id?: string;
  /**
   * Why, for the record: 1 to 500 characters.
   */
  reason?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Because".
 */
export interface Because {
  /**
   * Why, for the record: 1 to 500 characters.
   */
  reason?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "TransitionPage".
 */
export interface TransitionPage {
  /**
   * @maxItems 500
   */
  items: Transition[];
  /**
   * Send it back as cursor, with the other parameters as they were. null: the last page.
   */
  next_cursor: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Transition".
 */
export interface Transition {
  /**
   * Sorts in commit order, as text too.
   */
  id: string;
  stage_id: Id;
  assignment_id: Id;
  from: Status;
  to: Status;
  /**
   * The boundary crossed; null: a move backwards by an edit, which crosses none.
   */
  due_at: Instant | null;
  /**
   * UTC with milliseconds.
   */
  occurred_at: string;
  /**
   * The difference; null with due_at.
   */
  lateness_ms: number | null;
  /**
   * timer: at its instant. sweep: missed, and caught up later. edit: by a change of the dates.
   */
  cause: 'timer' | 'sweep' | 'edit';
  /**
   * The instance that did it; null: plain SQL.
   */
  instance: string | null;
  /**
   * The epoch of the term in which it was moved; null: by an edit.
   */
  term: number | null;
  /**
   * The name of the API key, followed by the user that On-Behalf-Of named. For plain SQL: sql: and the database role. null: nobody is named.
   */
  actor: string | null;
  /**
   * The database role that wrote it.
   */
  role: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "EventPage".
 */
export interface EventPage {
  /**
   * @maxItems 500
   */
  items: Event[];
  /**
   * Send it back as cursor, with the other parameters as they were. null: the last page.
   */
  next_cursor: string | null;
  /**
   * Up to here nothing that you asked for is missing: keep it, and send it as after the next time.
   */
  read_to: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ChangeEvent".
 */
export interface ChangeEvent {
  /**
   * Sorts in the order of events, as text too. A transition's event has the transition's id.
   */
  id: string;
  timestamp: Instant;
  type:
    | 'assignment.created'
    | 'assignment.edited'
    | 'assignment.deleted'
    | 'stage.created'
    | 'stage.edited'
    | 'stage.deleted';
  data: {
    assignment_id: Id;
    /**
     * null: it is about the assignment itself.
     */
    stage_id: Id | null;
    change: Change;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Change".
 */
export interface Change {
  /**
   * null: it was created.
   */
  was: ChangedFields | null;
  /**
   * null: it was deleted.
   */
  became: ChangedFields | null;
  /**
   * The name of the API key, followed by the user that On-Behalf-Of named. For plain SQL: sql: and the database role. null: nobody is named.
   */
  actor: string | null;
  /**
   * The database role that wrote it.
   */
  role: string | null;
  /**
   * The instance that did it; null: plain SQL.
   */
  instance: string | null;
  /**
   * Why, in the words of the writer.
   */
  reason: string | null;
  /**
   * Shared by all changes of one transaction.
   */
  batch: string;
}
/**
 * The fields that differ; all fields when the row was created or deleted.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ChangedFields".
 */
export interface ChangedFields {
  title?: string;
  time_zone?: string;
  assignment_id?: Id;
  name?: string;
  position?: number;
  start_date?: Instant | null;
  end_date?: Instant | null;
  external_id?: string | null;
  description?: string | null;
  metadata?: {
    [k: string]: unknown | undefined;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "TransitionEvent".
 */
export interface TransitionEvent {
  /**
   * Sorts in the order of events, as text too. A transition's event has the transition's id.
   */
  id: string;
  timestamp: Instant;
  type: 'stage.activated' | 'stage.completed' | 'stage.reopened' | 'stage.postponed';
  data: {
    assignment_id: Id;
    /**
     * null: it is about the assignment itself.
     */
    stage_id: Id | null;
    transition: Transition;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "AlertEvent".
 */
export interface AlertEvent {
  /**
   * Sorts in the order of events, as text too. A transition's event has the transition's id.
   */
  id: string;
  timestamp: Instant;
  type: 'alert.raised' | 'alert.resolved';
  data: {
    assignment_id: null;
    stage_id: null;
    alert: Alert;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Alert".
 */
export interface Alert {
  id: Id;
  /**
   * What is wrong, in one stable word. docs/operations.md lists them.
   */
  kind: string;
  /**
   * Which one, where there may be several of a kind; often empty.
   */
  subject: string;
  severity: 'warning' | 'critical';
  cause: string;
  cure: string;
  /**
   * What the driver or the system said; may be empty.
   */
  detail: string;
  /**
   * UTC with milliseconds.
   */
  raised_at: string;
  /**
   * The instance that raised it.
   */
  raised_by: string | null;
  /**
   * null: it still lasts.
   */
  resolved_at: Instant | null;
  resolved_by: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "HistoryPage".
 */
export interface HistoryPage {
  /**
   * @maxItems 500
   */
  items: Event[];
  /**
   * Send it back as cursor, with the other parameters as they were. null: the last page.
   */
  next_cursor: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "NewWebhook".
 */
export interface NewWebhook {
  /**
   * https, with a public address. An operator can allow others (WEBHOOK_ALLOW), and http to these.
   */
  url: string;
  description?: string | null;
  /**
   * Only events of these types; null: all.
   */
  types?:
    | (
        | 'assignment.created'
        | 'assignment.edited'
        | 'assignment.deleted'
        | 'stage.created'
        | 'stage.edited'
        | 'stage.deleted'
        | 'stage.activated'
        | 'stage.completed'
        | 'stage.reopened'
        | 'stage.postponed'
        | 'alert.raised'
        | 'alert.resolved'
      )[]
    | null;
  /**
   * Only of this assignment and its stages.
   */
  assignment_id?: string | null;
  /**
   * Only of this stage.
   */
  stage_id?: string | null;
  /**
   * A paused one keeps its place: nothing is lost.
   */
  state?: 'active' | 'paused';
  /**
   * The event behind which it begins, 0 for the beginning, or latest, the default: what comes from now on.
   */
  after?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "WebhookWithSecret".
 */
export interface WebhookWithSecret {
  id: Id;
  url: string;
  description: string | null;
  /**
   * Only events of these types; null: all.
   */
  types:
    | (
        | 'assignment.created'
        | 'assignment.edited'
        | 'assignment.deleted'
        | 'stage.created'
        | 'stage.edited'
        | 'stage.deleted'
        | 'stage.activated'
        | 'stage.completed'
        | 'stage.reopened'
        | 'stage.postponed'
        | 'alert.raised'
        | 'alert.resolved'
      )[]
    | null;
  assignment_id: Id | null;
  stage_id: Id | null;
  /**
   * disabled: the endpoint answered 410, or failed for days. PATCH with active begins again.
   */
  state: 'active' | 'paused' | 'disabled';
  /**
   * Why it is disabled.
   */
  state_reason: string | null;
  state_since: Instant;
  /**
   * It has taken every event up to here: what is behind is still to come.
   */
  read_to: string;
  /**
   * During a replay of a part: its end.
   */
  replay_to: string | null;
  /**
   * When the endpoint last began to fail; null: it does not.
   */
  failing_since: Instant | null;
  /**
   * Until when the secret of before signs as well.
   */
  previous_secret_until: Instant | null;
  /**
   * Raised by each edit. It is the ETag, without the quotes.
   */
  version: number;
  created_at: Instant;
  updated_at: Instant;
  /**
   * For verifying signatures. Shown once. null: this is the answer to a request that was sent again.
   */
  secret: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "WebhookPage".
 */
export interface WebhookPage {
  /**
   * @maxItems 500
   */
  items: Webhook[];
  /**
   * Send it back as cursor, with the other parameters as they were. null: the last page.
   */
  next_cursor: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Webhook".
 */
export interface Webhook {
  id: Id;
  url: string;
  description: string | null;
  /**
   * Only events of these types; null: all.
   */
  types:
    | (
        | 'assignment.created'
        | 'assignment.edited'
        | 'assignment.deleted'
        | 'stage.created'
        | 'stage.edited'
        | 'stage.deleted'
        | 'stage.activated'
        | 'stage.completed'
        | 'stage.reopened'
        | 'stage.postponed'
        | 'alert.raised'
        | 'alert.resolved'
      )[]
    | null;
  assignment_id: Id | null;
  stage_id: Id | null;
  /**
   * disabled: the endpoint answered 410, or failed for days. PATCH with active begins again.
   */
  state: 'active' | 'paused' | 'disabled';
  /**
   * Why it is disabled.
   */
  state_reason: string | null;
  state_since: Instant;
  /**
   * It has taken every event up to here: what is behind is still to come.
   */
  read_to: string;
  /**
   * During a replay of a part: its end.
   */
  replay_to: string | null;
  /**
   * When the endpoint last began to fail; null: it does not.
   */
  failing_since: Instant | null;
  /**
   * Until when the secret of before signs as well.
   */
  previous_secret_until: Instant | null;
  /**
   * Raised by each edit. It is the ETag, without the quotes.
   */
  version: number;
  created_at: Instant;
  updated_at: Instant;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "WebhookPatch".
 */
export interface WebhookPatch {
  /**
   * https, with a public address. An operator can allow others (WEBHOOK_ALLOW), and http to these.
   */
  url?: string;
  description?: string | null;
  /**
   * Only events of these types; null: all.
   */
  types?:
    | (
        | 'assignment.created'
        | 'assignment.edited'
        | 'assignment.deleted'
        | 'stage.created'
        | 'stage.edited'
        | 'stage.deleted'
        | 'stage.activated'
        | 'stage.completed'
        | 'stage.reopened'
        | 'stage.postponed'
        | 'alert.raised'
        | 'alert.resolved'
      )[]
    | null;
  /**
   * Only of this assignment and its stages.
   */
  assignment_id?: string | null;
  /**
   * Only of this stage.
   */
  stage_id?: string | null;
  /**
   * A paused one keeps its place: nothing is lost.
   */
  state?: 'active' | 'paused';
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "WebhookTest".
 */
export interface WebhookTest {
  /**
   * It answered with a status from 200 to 299.
   */
  delivered: boolean;
  /**
   * Of the answer; null: there was none.
   */
  status: number | null;
  /**
   * How the body of its answer began.
   */
  answer: string;
  /**
   * What went wrong, and how to mend it; null: nothing.
   */
  error: string | null;
  took_ms: number;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "SecretRotation".
 */
export interface SecretRotation {
  /**
   * For how long the secret of before signs as well.
   */
  overlap_seconds?: number;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Replay".
 */
export interface Replay {
  /**
   * The first event: its id, or those from this instant on.
   */
  from: string;
  /**
   * The last one, in the same way. Without it: all that come behind.
   */
  to?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "WebhookDeliveryPage".
 */
export interface WebhookDeliveryPage {
  /**
   * @maxItems 500
   */
  items: WebhookDelivery[];
  /**
   * Send it back as cursor, with the other parameters as they were. null: the last page.
   */
  next_cursor: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "WebhookDelivery".
 */
export interface WebhookDelivery {
  id: Id;
  /**
   * It is the webhook-id too, the same at every attempt.
   */
  event_id: string;
  type: string;
  /**
   * failed: it was given up, and can be sent again by hand.
   */
  state: 'pending' | 'succeeded' | 'failed';
  attempts: number;
  /**
   * Not before this.
   */
  next_attempt_at: Instant | null;
  last_status: number | null;
  /**
   * How the body of the last answer began.
   */
  last_answer: string | null;
  last_error: string | null;
  last_took_ms: number | null;
  /**
   * The latest attempts, oldest first.
   */
  log: {
    at: Instant;
    /**
     * Of the answer; null: there was none.
     */
    status: number | null;
    /**
     * What went wrong, and how to mend it; null: nothing.
     */
    error: string | null;
    took_ms: number;
  }[];
  created_at: Instant;
  done_at: Instant | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "SchedulePage".
 */
export interface SchedulePage {
  /**
   * @maxItems 500
   */
  items: ScheduledBoundary[];
  /**
   * Send it back as cursor, with the other parameters as they were. null: the last page.
   */
  next_cursor: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ScheduledBoundary".
 */
export interface ScheduledBoundary {
  at: Instant;
  /**
   * The number of stages that cross it.
   */
  stages: number;
  to: 'active' | 'completed';
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Scheduler".
 */
export interface Scheduler {
  /**
   * The instance that answers.
   */
  instance: string;
  role: 'leader' | 'follower' | 'none';
  /**
   * The instance that holds the term; null: none does, or its heartbeat is older than three leases.
   */
  leader: {
    instance: string;
    epoch: number;
    since: Instant | null;
  } | null;
  /**
   * The timers of this instance; 0 unless it leads.
   */
  armed: {
    instants: number;
    next_at: Instant | null;
    last_at: Instant | null;
  };
  /**
   * The database's clock minus this host's.
   */
  clock: {
    offset_ms: number;
  };
  /**
   * Boundaries that are due and not crossed; counted up to 10,000 starts and 10,000 ends.
   */
  overdue: number;
  /**
   * How the leader's death would be noticed; why: the reason, if not at once.
   */
  succession: {
    told_by: 'postgres' | 'lease';
    why: string | null;
  };
  /**
   * The parts that are out of order here; empty is normal.
   */
  degraded: string[];
  troubles: Trouble[];
  /**
   * Stages that this instance, while it leads, cannot move.
   */
  stuck: StuckStageSince[];
  /**
   * Every live instance; null: this one has no right to read them, or somebody holds a lock on them.
   */
  instances: Instance[] | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Trouble".
 */
export interface Trouble {
  part: string;
  cause: string;
  cure: string;
  since: Instant;
  /**
   * What the driver or the system said.
   */
  detail?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "StuckStageSince".
 */
export interface StuckStageSince {
  stage_id: Id;
  /**
   * The SQLSTATE, or kept: an update leaves the row as it was.
   */
  code: string;
  /**
   * The database's own words.
   */
  error: string;
  since: Instant;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Instance".
 */
export interface Instance {
  name: string;
  version: string;
  role: 'leader' | 'follower' | 'none';
  host: string;
  pid: number;
  lease_ms: number;
  /**
   * Settings that must be the same on all instances, by variable; no secrets.
   */
  settings: {
    [k: string]: string | number | null | undefined;
  };
  clock: {
    offset_ms: number | null;
  };
  started_at: Instant;
  last_seen_at: Instant;
  troubles: ReportedTrouble[];
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ReportedTrouble".
 */
export interface ReportedTrouble {
  part: string;
  cause: string;
  cure: string;
  detail: string;
  isBlocking: boolean;
  since: Instant;
  /**
   * null: it still lasts.
   */
  until: Instant | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Reconciled".
 */
export interface Reconciled {
  activated: number;
  completed: number;
  /**
   * Stages that could not be moved, if any.
   */
  stuck?: StuckStage[];
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "StuckStage".
 */
export interface StuckStage {
  stage_id: Id;
  /**
   * The SQLSTATE, or kept: an update leaves the row as it was.
   */
  code: string;
  /**
   * The database's own words.
   */
  error: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "NewKey".
 */
export interface NewKey {
  /**
   * The actor on the record. No other key that is valid may have it; sql, anonymous and jwt are reserved.
   */
  name: string;
  scope: Scope;
  /**
   * Later than now; null: when it is revoked.
   */
  expires_at?: GivenInstant | null;
  /**
   * Why, for the record: 1 to 500 characters.
   */
  reason?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "CreatedKey".
 */
export interface CreatedKey {
  id: Id;
  name: string;
  scope: Scope;
  created_at: Instant;
  /**
   * The actor; null: the service was open.
   */
  created_by: string | null;
  expires_at: Instant | null;
  /**
   * To within a minute or two.
   */
  last_used_at: Instant | null;
  revoked_at: Instant | null;
  /**
   * Shown once: only its SHA-256 is kept. It begins with sb_. null: this is the answer to a request that was sent again.
   */
  secret: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "KeyPage".
 */
export interface KeyPage {
  /**
   * @maxItems 500
   */
  items: Key[];
  /**
   * Send it back as cursor, with the other parameters as they were. null: the last page.
   */
  next_cursor: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Key".
 */
export interface Key {
  id: Id;
  name: string;
  scope: Scope;
  created_at: Instant;
  /**
   * The actor; null: the service was open.
   */
  created_by: string | null;
  expires_at: Instant | null;
  /**
   * To within a minute or two.
   */
  last_used_at: Instant | null;
  revoked_at: Instant | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "AlertPage".
 */
export interface AlertPage {
  /**
   * @maxItems 500
   */
  items: Alert[];
  /**
   * Send it back as cursor, with the other parameters as they were. null: the last page.
   */
  next_cursor: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "NewCalendarToken".
 */
export interface NewCalendarToken {
  /**
   * Whose calendar it is for: 1 to 200 characters.
   */
  name: string;
  /**
   * It opens the feed of this assignment alone. null or left out: the feed of all.
   */
  assignment_id?: string | null;
  /**
   * Why, for the record: 1 to 500 characters.
   */
  reason?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "CreatedCalendarToken".
 */
export interface CreatedCalendarToken {
  id: Id;
  name: string;
  /**
   * null: it opens the feed of all assignments.
   */
  assignment_id: Id | null;
  created_at: Instant;
  /**
   * The actor; null: nobody is named.
   */
  created_by: string | null;
  /**
   * Noted at most once a minute.
   */
  last_used_at: Instant | null;
  /**
   * null: it is valid.
   */
  revoked_at: Instant | null;
  /**
   * Shown once: only its SHA-256 is kept. It begins with sbcal_. null: it was shown to the first request with this Idempotency-Key.
   */
  token: string | null;
  /**
   * The address of the feed, by the name under which this was asked. Shown once, because the token is in it.
   */
  url: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "CalendarTokenPage".
 */
export interface CalendarTokenPage {
  /**
   * @maxItems 500
   */
  items: CalendarToken[];
  /**
   * Send it back as cursor, with the other parameters as they were. null: the last page.
   */
  next_cursor: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "CalendarToken".
 */
export interface CalendarToken {
  id: Id;
  name: string;
  /**
   * null: it opens the feed of all assignments.
   */
  assignment_id: Id | null;
  created_at: Instant;
  /**
   * The actor; null: nobody is named.
   */
  created_by: string | null;
  /**
   * Noted at most once a minute.
   */
  last_used_at: Instant | null;
  /**
   * null: it is valid.
   */
  revoked_at: Instant | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "OpenApi".
 */
export interface OpenApi {
  openapi: string;
  info: {
    title: string;
    version: string;
    [k: string]: unknown | undefined;
  };
  paths: {
    [k: string]:
      | {
          [k: string]: unknown | undefined;
        }
      | undefined;
  };
  [k: string]: unknown | undefined;
}
/**
 * RFC 9457. Go by status and code.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Problem".
 */
export interface Problem {
  type: 'about:blank';
  /**
   * The name of the status.
   */
  title: string;
  status: number;
  /**
   * For people.
   */
  detail: string;
  code: ProblemCode;
  /**
   * As in X-Request-Id; the log has it too.
   */
  request_id: string;
  /**
   * Where many things can be wrong at once: the first hundred faults.
   *
   * @maxItems 100
   */
  errors?: Fault[];
  /**
   * With events_pruned and events_ahead: read the current state, then go on with this as after.
   */
  resume_at?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Fault".
 */
export interface Fault {
  /**
   * A JSON pointer into the body, or /name of a query parameter.
   */
  pointer: string;
  /**
   * What is wrong with it, and how to mend it.
   */
  detail: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Unavailable".
 */
export interface Unavailable {
  status: 'unavailable';
  /**
   * @minItems 1
   */
  reasons: string[];
}
