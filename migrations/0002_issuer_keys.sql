CREATE TABLE "gossamer"."issuer_keys" (
	"source" char(64) PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"keys" json NOT NULL,
	"fetched_at" timestamp with time zone,
	"failures" bigint NOT NULL,
	"next_at" timestamp with time zone NOT NULL
);
