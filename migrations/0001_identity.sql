CREATE TABLE "gossamer"."join_tokens" (
	"digest" char(64) PRIMARY KEY NOT NULL,
	"workload" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gossamer"."joined_keys" (
	"workload" text NOT NULL,
	"jkt" text NOT NULL,
	"public_jwk" json NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "joined_keys_workload_jkt_pk" PRIMARY KEY("workload","jkt")
);
--> statement-breakpoint
ALTER TABLE "gossamer"."revocations" ADD COLUMN "generation" bigint;--> statement-breakpoint
ALTER TABLE "gossamer"."signing_keys" ADD COLUMN "bundle_sequence" bigint;--> statement-breakpoint
ALTER TABLE "gossamer"."signing_keys" ADD COLUMN "due_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "gossamer"."signing_keys" ADD COLUMN "active_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "gossamer"."signing_keys" ADD COLUMN "retiring_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "gossamer"."signing_keys" ADD COLUMN "removed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "gossamer"."signing_keys" ADD COLUMN "generation" bigint;--> statement-breakpoint
ALTER TABLE "gossamer"."signing_keys" ADD COLUMN "endorsement" text;--> statement-breakpoint
CREATE INDEX "join_tokens_expires_at" ON "gossamer"."join_tokens" USING btree ("expires_at");--> statement-breakpoint
UPDATE "gossamer"."signing_keys" SET "due_at" = "created_at", "active_at" = "created_at";
