CREATE TABLE "gossamer"."approval_events" (
	"number" bigserial PRIMARY KEY NOT NULL,
	"approval" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"event" text NOT NULL,
	"actor" text NOT NULL,
	"detail" json NOT NULL,
	"request" text
);
--> statement-breakpoint
CREATE TABLE "gossamer"."upkeep" (
	"name" text PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "approval_events_approval" ON "gossamer"."approval_events" USING btree ("approval");--> statement-breakpoint
CREATE TRIGGER "approval_events_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "gossamer"."approval_events"
	FOR EACH STATEMENT EXECUTE FUNCTION "gossamer"."refuse_rewriting_history"();
