-- CreateTable
CREATE TABLE "failed_attempt" (
    "key" BYTEA NOT NULL,
    "failures" INTEGER NOT NULL,
    "retry_at" TIMESTAMPTZ(3) NOT NULL,
    "forget_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "failed_attempt_pkey" PRIMARY KEY ("key")
);
