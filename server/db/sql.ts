import * as prisma from '@prisma/client-runtime-utils'

// Parts of statements, with their values. `Prisma.sql` is the same; but to load it is to load Prisma, which a process needs
// only once it uses a model.
export const { empty, raw, sql } = prisma
export type Sql = prisma.Sql
