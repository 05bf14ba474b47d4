CREATE SCHEMA IF NOT EXISTS "gossamer";
--> statement-breakpoint
CREATE TABLE "gossamer"."audit_log" (
	"number" bigint PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"detail" json NOT NULL,
	"previous" char(64) NOT NULL,
	"hash" char(64) NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gossamer"."chunks" (
	"sha256" char(64) PRIMARY KEY NOT NULL,
	"text" text NOT NULL,
	"retired_at" bigint
);
--> statement-breakpoint
CREATE TABLE "gossamer"."manifests" (
	"generation" bigint PRIMARY KEY NOT NULL,
	"revision" bigint NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"jws" text NOT NULL,
	"content" char(64) NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gossamer"."removed_workloads" (
	"uid" text PRIMARY KEY NOT NULL,
	"until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gossamer"."resources" (
	"group" text NOT NULL,
	"kind" text NOT NULL,
	"namespace" text NOT NULL,
	"name" text NOT NULL,
	"uid" text NOT NULL,
	"api_version" text NOT NULL,
	"resource_version" bigint NOT NULL,
	"generation" bigint NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"labels" json,
	"annotations" json,
	"spec" json,
	CONSTRAINT "resources_group_kind_namespace_name_pk" PRIMARY KEY("group","kind","namespace","name"),
	CONSTRAINT "resources_uid_unique" UNIQUE("uid")
);
--> statement-breakpoint
CREATE TABLE "gossamer"."revisions" (
	"number" bigint PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"actor" text NOT NULL,
	"summary" text NOT NULL,
	"changes" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gossamer"."revocations" (
	"kind" text NOT NULL,
	"value" text NOT NULL,
	"issued_before" bigint,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "revocations_kind_value_pk" PRIMARY KEY("kind","value")
);
--> statement-breakpoint
CREATE TABLE "gossamer"."routers" (
	"id" text NOT NULL,
	"role" text NOT NULL,
	"runtime" text NOT NULL,
	"generation" bigint NOT NULL,
	"last_seen" timestamp with time zone NOT NULL,
	CONSTRAINT "routers_id_role_pk" PRIMARY KEY("id","role")
);
--> statement-breakpoint
CREATE TABLE "gossamer"."signing_keys" (
	"kid" text PRIMARY KEY NOT NULL,
	"class" text NOT NULL,
	"sequence" bigserial NOT NULL,
	"public_jwk" json NOT NULL,
	"private_key" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gossamer"."used_tokens" (
	"digest" char(64) PRIMARY KEY NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "chunks_retired_at" ON "gossamer"."chunks" USING btree ("retired_at");--> statement-breakpoint
CREATE INDEX "used_tokens_expires_at" ON "gossamer"."used_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE FUNCTION "gossamer"."refuse_rewriting_history"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;
END $$;
--> statement-breakpoint
CREATE TRIGGER "revisions_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "gossamer"."revisions"
	FOR EACH STATEMENT EXECUTE FUNCTION "gossamer"."refuse_rewriting_history"();
--> statement-breakpoint
CREATE TRIGGER "audit_log_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "gossamer"."audit_log"
	FOR EACH STATEMENT EXECUTE FUNCTION "gossamer"."refuse_rewriting_history"();
