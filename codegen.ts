import type { CodegenConfig } from '@graphql-codegen/cli'

// The committed server/schema.graphql is the contract: `npm run schema` prints it from code, and `npm run check` fails
// when the two differ, so generating from the file needs no running server.
const shared = {
  scalars: {
    DateTime: 'string',
    EventCursor: 'string',
    ID: 'string',
    JSON: 'unknown',
    MinorUnits: 'number',
    Upload: 'File',
  },
  enumType: 'string-literal',
  enumsAsTypes: true,
  useTypeImports: true,
  strictScalars: true,
  defaultScalarType: 'unknown',
}

const config: CodegenConfig = {
  schema: 'server/schema.graphql',
  importExtension: '.ts',
  emitLegacyCommonJSImports: false,
  silent: false,
  errorsOnly: true,
  generates: {
    'web/generated/operations.ts': {
      documents: 'web/**/*.graphql',
      plugins: ['typescript-operations', 'typed-document-node'],
      config: shared,
    },
    'web/generated/hooks.ts': {
      documents: 'web/**/*.graphql',
      plugins: ['typescript-urql'],
      config: {
        ...shared,
        withHooks: true,
        urqlImportFrom: 'urql',
        documentMode: 'external',
        importDocumentNodeExternallyFrom: './operations.ts',
        importOperationTypesFrom: 'Operations',
      },
    },
    'web/generated/introspection.json': { plugins: ['introspection'], config: { minify: true } },
    'bot/generated/operations.ts': {
      documents: 'bot/**/*.graphql',
      plugins: ['typescript-operations', 'typed-document-node'],
      config: shared,
    },
  },
}

export default config
