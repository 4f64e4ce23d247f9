-- AlterTable
ALTER TABLE "api_key" ADD COLUMN     "previous_shown_to" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "shown_to" TEXT[] DEFAULT ARRAY['SYSTEM']::TEXT[];

-- AlterTable
ALTER TABLE "webhook_endpoint" ADD COLUMN     "url_set_by" TEXT NOT NULL DEFAULT 'SYSTEM';

-- Keys that exist were shown to their makers. The owner of the table is bound by its policies, too, except in here.
ALTER TABLE "api_key" NO FORCE ROW LEVEL SECURITY;
UPDATE "api_key" SET shown_to = ARRAY[created_by];
ALTER TABLE "api_key" FORCE ROW LEVEL SECURITY;
