import { z } from 'zod';
import { errorCodes } from '../domain/errors.ts';

/** Body of every refusal: what happened and why in `message`, what to do next in `hint`. */
export const errorDocumentSchema = z.strictObject({
  error: z.strictObject({
    code: z.enum(errorCodes),
    message: z.string(),
    hint: z.string().nullable(),
  }),
});

export type ErrorDocument = z.infer<typeof errorDocumentSchema>;
