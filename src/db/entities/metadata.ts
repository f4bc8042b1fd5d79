import { isDeepStrictEqual } from 'node:util';
import { JsonType, type Platform, type TransformContext } from '@mikro-orm/core';

export type Metadata = Readonly<Record<string, unknown>>;

/** What integrators keep beside a row. No entries are stored as NULL, so that to empty what is empty changes nothing. */
export class MetadataType extends JsonType {
  override convertToDatabaseValue(
    value: Metadata | null,
    platform: Platform,
    context?: TransformContext,
  ): string | null {
    if (value === null || value === undefined || Object.keys(value).length === 0) return null;
    return super.convertToDatabaseValue(value, platform, context) as string;
  }

  override convertToJSValueSQL(key: string): string {
    return `coalesce(${key}, '{}')`;
  }

  /** The order of entries makes no difference. */
  override compareValues(a: string, b: string): boolean {
    return a === b || isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
  }
}
