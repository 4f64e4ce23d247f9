import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql'

/** The schema as SDL, its types and fields in alphabetical order. A start does without. */
export const printSorted = (schema: GraphQLSchema): string => printSchema(lexicographicSortSchema(schema))
