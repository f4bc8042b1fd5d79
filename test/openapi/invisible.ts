import { z } from 'zod';

/**
 * The schemas below this one whose checks no JSON Schema can show by itself, because code makes them, and which do not
 * say them in `.meta({ override })`. @returns where they are
 */
export function invisibleIn(schema: z.core.$ZodType, at: string): string[] {
  const meta = z.globalRegistry.get(schema);
  if (meta !== undefined && 'override' in meta) return [];
  const { def } = schema._zod;
  const isChecked = def.checks?.some(({ _zod }) => _zod.def.check === 'custom') === true;
  const own = def.type === 'transform' || def.type === 'custom' || isChecked ? [at] : [];
  return [...own, ...partsOf(schema).flatMap(([name, part]) => invisibleIn(part, `${at}${name}`))];
}

function partsOf(schema: z.core.$ZodType): [name: string, part: z.core.$ZodType][] {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape).map(([name, part]) => [`/${name}`, part]);
  if (schema instanceof z.ZodArray) return [['/*', schema.element]];
  if (schema instanceof z.ZodRecord) return [['/*', schema.valueType]];
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => ['', option]);
  if (schema instanceof z.ZodIntersection)
    return [
      ['', schema.def.left],
      ['', schema.def.right],
    ];
  if (schema instanceof z.ZodPipe)
    return [
      ['', schema.in],
      ['', schema.out],
    ];
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodDefault
  ) {
    return [['', schema.unwrap()]];
  }
  return [];
}
